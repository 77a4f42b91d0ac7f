/**
 * The weather on one direction of one replica's connection. Plain data: it crosses /control as JSON.
 */

export type JitterDistribution = "constant" | "uniform" | "normal" | "pareto";

/**
 * What passes a cut. `open`: everything. `blackhole`: the connection stays up and nothing moves.
 * `reset`: the connection breaks at once and none can be made.
 */
export type Cut = "open" | "blackhole" | "reset";

export interface LinkConditions {
  /** Added to every frame, 0 to 5,000. One way. */
  readonly latencyMs: number;
  /** Added on top: exactly this (constant), up to this (uniform), its standard deviation (normal, never below 0), its scale (Pareto, shape 2, capped at 20 times). */
  readonly jitterMs: number;
  readonly jitter: JitterDistribution;
  /** Bits a second with a queue, 9,600 upwards; null is unlimited. */
  readonly bandwidthBitsPerS: number | null;
  readonly cut: Cut;
  /** Repeats: open for `onMs`, blackhole for `offMs`; null is always on. Begins with the open part when it is set. */
  readonly flap: { readonly onMs: number; readonly offMs: number } | null;
  /** What befalls single updates, as if they were datagrams; absent: nothing, the link is a stream. */
  readonly datagrams?: DatagramConditions;
}

/** Probabilities, 0 to 1, each drawn for itself. */
export interface DatagramConditions {
  readonly loss: number;
  readonly dup: number;
  /** Of being held up for as long as half a second, in which others overtake. */
  readonly reorder: number;
}

export const CLEAR_DATAGRAMS: DatagramConditions = { loss: 0, dup: 0, reorder: 0 };

export interface ReplicaConditions {
  /** From the replica to the server. */
  readonly up: LinkConditions;
  /** From the server to the replica. */
  readonly down: LinkConditions;
}

export const CLEAR: LinkConditions = { latencyMs: 0, jitterMs: 0, jitter: "uniform", bandwidthBitsPerS: null, cut: "open", flap: null };
export const CLEAR_BOTH: ReplicaConditions = { up: CLEAR, down: CLEAR };

/** Whether a link under these is no different from none. */
export function isClear({ latencyMs, jitterMs, bandwidthBitsPerS, cut, flap, datagrams }: LinkConditions): boolean {
  const isStill = latencyMs === 0 && jitterMs === 0 && bandwidthBitsPerS === null;
  return isStill && cut === "open" && flap === null && datagrams === undefined;
}

export const LATENCY_MS_MAX = 5_000;
export const JITTER_MS_MAX = 5_000;
export const BANDWIDTH_BITS_PER_S_MIN = 9_600;

export type PresetName = "lan" | "4g" | "3g" | "cafe-wifi" | "train-tunnel" | "satellite";
