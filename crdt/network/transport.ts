/**
 * What carries frames between two ends: whole messages, in order, or not at all. Sockets, in-memory
 * pipes and conditioned links all look like this, so that providers and sessions cannot tell.
 */

/** Why a connection ended. Codes are WebSocket close codes; 1006 when nobody said goodbye. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** One end of an open or opening connection. Calls after `close` do nothing. */
export interface Transport {
  send(frame: Uint8Array): void;
  close(code: number, reason: string): void;
  /** Bytes accepted by `send` that have not left yet. */
  readonly bufferedBytes: number;
  /** Stops taking frames in, so that the peer's network stack slows it down. What has been taken in still arrives. */
  pause?(): void;
  resume?(): void;
}

/** What the owner of an end is told. `onClose` comes exactly once and last, also after the owner's own `close`. */
export interface TransportHandlers {
  onOpen(): void;
  onFrame(frame: Uint8Array): void;
  onClose(closed: Closed): void;
}

/** Begins a connection. Handlers are never called before it returns. */
export type Connect = (handlers: TransportHandlers) => Transport;
