/** Metrics in Prometheus' text format. The one file that knows prom-client. */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Clock } from "../../crdt/base/clock.ts";
import type { FrameType } from "../../crdt/sync/frames.ts";
import { type LoopWatch, watchLoop } from "./loop-delay.ts";
import type { FrameDirection, Metrics, MetricsSources, Refusal, SocketKind } from "./metrics.ts";

/** 0.02: what nothing may hold the event loop longer than. */
const DELAYS_S = [0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1];
const LATENCIES_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const SIZES = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000];

export interface PromMetrics extends Metrics {
  /** Of what `text` returns. */
  readonly contentType: string;
  text(): Promise<string>;
  /** Begins to measure how late the event loop comes: once there is somebody to be late for. */
  watchLoop(clock: Pick<Clock, "setTimer">): void;
  close(): void;
}

export function createPromMetrics(sources: MetricsSources): PromMetrics {
  const registers = [new Registry()];
  const [register] = registers as [Registry];
  collectDefaultMetrics({ register });
  let loop: LoopWatch | null = null;

  const connections = new Gauge({ name: "riftpad_connections", help: "Open WebSockets", labelNames: ["kind"], registers });
  for (const kind of ["tab", "stock", "control"] satisfies SocketKind[]) connections.set({ kind }, 0);
  const closes = new Counter({
    name: "riftpad_closes_total",
    help: "WebSockets that ended, by close code",
    labelNames: ["kind", "code"],
    registers,
  });
  const refusals = new Counter({
    name: "riftpad_refusals_total",
    help: "Connections and writes turned away",
    labelNames: ["reason"],
    registers,
  });
  const limiterHits = new Counter({
    name: "riftpad_rate_limiter_hits_total",
    help: "Connections turned away because too many came from one address in too short a time",
    registers,
  });
  const fanOut = new Histogram({ name: "riftpad_fan_out_size", help: "Receivers of a merged update", buckets: SIZES, registers });
  const acks = new Histogram({
    name: "riftpad_ack_latency_seconds",
    help: "From the arrival of an update to its acknowledgement",
    buckets: LATENCIES_S,
    registers,
  });
  const commits = new Histogram({
    name: "riftpad_commit_latency_seconds",
    help: "From handing an update to the store until it is durable",
    buckets: LATENCIES_S,
    registers,
  });
  const groups = new Histogram({
    name: "riftpad_commit_group_size",
    help: "Updates that became durable together",
    buckets: SIZES.slice(1),
    registers,
  });
  const restarts = new Counter({
    name: "riftpad_pages_restarts_total",
    help: "Times that the process of the pages had ended and was started again",
    registers,
  });
  const tally = new FrameTally(registers);
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge("riftpad_rooms", "Notes in memory", () => sources.rooms());
  gauge("riftpad_read_only", "1 while nothing can be saved and no write is taken", () => Number(sources.isReadOnly()));
  gauge("riftpad_quarantined_notes", "Damaged notes that are closed to everybody", () => sources.quarantined());
  gauge("riftpad_outbox_bytes", "Bytes accepted for peers that have not taken them yet", () => sources.outboxBytes());
  const delays = new Histogram({
    name: "riftpad_event_loop_delay_seconds",
    help: "How late the event loop comes to what is due, looked at every 5 ms since the port is open",
    buckets: DELAYS_S,
    registers,
  });
  gauge(
    "riftpad_event_loop_delay_max_seconds",
    "The longest of these delays since it was last asked for",
    () => (loop?.takeMaxMs() ?? 0) / 1_000,
  );

  return {
    contentType: register.contentType,
    text: () => register.metrics(),
    watchLoop(clock) {
      loop ??= watchLoop({ clock, nowMs: () => performance.now(), observe: (delayMs) => delays.observe(delayMs / 1_000) });
    },
    close() {
      loop?.close();
      register.clear();
    },
    opened: (kind) => connections.inc({ kind }),
    closed(kind, code) {
      connections.dec({ kind });
      closes.inc({ kind, code: String(code) });
    },
    refused(reason: Refusal) {
      refusals.inc({ reason });
      if (reason === "address-rate") limiterHits.inc();
    },
    frame: (direction, type, bytes) => tally.add(direction, type, bytes),
    fanOut: (receivers) => fanOut.observe(receivers),
    acknowledged: (latencyMs) => acks.observe(latencyMs / 1_000),
    committed: (latencyMs) => commits.observe(latencyMs / 1_000),
    commitGroup: (updates) => groups.observe(updates),
    pagesRestarted: () => restarts.inc(),
  };
}

/** Frames and bytes by direction and type: plain sums until somebody asks, since labels are dear and frames are many. */
class FrameTally {
  readonly #sums = {
    in: new Map<FrameType | null, { frames: number; bytes: number }>(),
    out: new Map<FrameType | null, { frames: number; bytes: number }>(),
  };

  constructor(registers: Registry[]) {
    const sums = this.#sums;
    for (const what of ["frames", "bytes"] as const) {
      new Counter({
        name: `riftpad_${what}_total`,
        help: `WebSocket messages of /sync, ${what}`,
        labelNames: ["direction", "type"],
        registers,
        collect() {
          this.reset();
          for (const direction of ["in", "out"] as const)
            for (const [type, sum] of sums[direction]) this.inc({ direction, type: type ?? "unknown" }, sum[what]);
        },
      });
    }
  }

  add(direction: FrameDirection, type: FrameType | null, bytes: number): void {
    const sum = this.#sums[direction].get(type);
    if (sum === undefined) this.#sums[direction].set(type, { frames: 1, bytes });
    else {
      sum.frames++;
      sum.bytes += bytes;
    }
  }
}
