/** Where a room's log stands, and when it is long enough to be compacted. */

/** A log is compacted when it is this long, or as long as what it was compacted into, so that the work stays in proportion. */
const TAIL_UPDATES_MIN = 2_000;
const TAIL_BYTES_MIN = 128 * 1024;
/** A shorter log is read as fast as what it would be compacted into, whatever its bytes: a large paste is one update. */
export const COMPACTED_UPDATES_MIN = 20;
/** An update of a state's log may cost this many bytes of that state to read. */
const STATE_BYTES_PER_UPDATE = 32;

export interface LogState {
  position: number;
  durable: number;
  /** What a compaction would take in. */
  tailUpdates: number;
  tailBytes: number;
  /** Of the state that the log's beginning was compacted into; while that goes on, of what it is made of. */
  stateBytes: number;
  isCompacting: boolean;
}

export function isLong({ tailUpdates, tailBytes, stateBytes }: LogState): boolean {
  return (
    tailUpdates >= Math.max(TAIL_UPDATES_MIN, stateBytes / STATE_BYTES_PER_UPDATE) ||
    (tailUpdates >= COMPACTED_UPDATES_MIN && tailBytes >= Math.max(TAIL_BYTES_MIN, stateBytes))
  );
}
