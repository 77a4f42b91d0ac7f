/**
 * What the process counts, as whoever has something to tell sees it. The hot calls (`frame`, `outbox`) cost a few
 * additions; what they add up to is turned into an exposition format only when somebody asks (prom-metrics.ts).
 */

import type { FrameType } from "../../crdt/sync/frames.ts";

export type SocketKind = "tab" | "stock" | "control";
export type FrameDirection = "in" | "out";

/** Why somebody was turned away, before or after the handshake. */
export const REFUSALS = [
  "request",
  "path",
  "host",
  "origin",
  "address-connections",
  "address-rate",
  "connections",
  "draining",
  "unauthorised",
  "forbidden",
  "view-only",
  "room-clients",
  "rooms",
  "node",
  "note-size",
] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface Metrics {
  /** A WebSocket is open, and is gone. */
  opened(kind: SocketKind): void;
  closed(kind: SocketKind, code: number): void;
  refused(refusal: Refusal): void;
  /** One message; null: of no type that there is. */
  frame(direction: FrameDirection, type: FrameType | null, bytes: number): void;
  /** A merged update goes to this many others. */
  fanOut(receivers: number): void;
  /** From the arrival of an update to the acknowledgement that covers it. */
  acknowledged(latencyMs: number): void;
  /** From handing an update to the store until it is durable. */
  committed(latencyMs: number): void;
  /** How many updates became durable together. */
  commitGroup(updates: number): void;
  /** The process of the pages has ended and is started again. */
  pagesRestarted(): void;
}

/** What is not counted but looked up when somebody asks. */
export interface MetricsSources {
  rooms(): number;
  /** Bytes accepted for peers that have not taken them yet. */
  outboxBytes(): number;
  /** Whether nothing can be saved at the moment. */
  isReadOnly(): boolean;
  /** Damaged notes that are closed to everybody. */
  quarantined(): number;
}

/** For tests and tools that count nothing. */
export const SILENT_METRICS: Metrics = {
  opened: () => undefined,
  closed: () => undefined,
  refused: () => undefined,
  frame: () => undefined,
  fanOut: () => undefined,
  acknowledged: () => undefined,
  committed: () => undefined,
  commitGroup: () => undefined,
  pagesRestarted: () => undefined,
};
