/** Updates that are read some runs at a time: apart, since pages read theirs at once. */

import { ByteReader } from "../base/bytes.ts";
import { PACKED_FRAME, readKeystroke, type Run, RUNS_FRAME, RunsFrame } from "./update-codec.ts";

/** Reads an update some runs at a time, for who must not take long. What was read holds only once nothing is left. */
export class FramesReader {
  /** Bodies of packed frames that were met. */
  readonly packed: Uint8Array[] = [];
  readonly #reader: ByteReader;
  #frame: RunsFrame | null = null;

  constructor(bytes: Uint8Array) {
    this.#reader = new ByteReader(bytes);
  }

  get isDone(): boolean {
    return this.#reader.remaining === 0 && (this.#frame?.left ?? 0) === 0;
  }

  /** The next `count` runs, or what is left. @throws DecodeError when `bytes` is no update, as far as was read. */
  take(count: number): Run[] {
    const reader = this.#reader;
    const runs: Run[] = [];
    while (runs.length < count && !this.isDone) {
      if (this.#frame !== null && this.#frame.left > 0) {
        runs.push(this.#frame.next());
        continue;
      }
      const head = reader.varUint();
      if (head === RUNS_FRAME) this.#frame = new RunsFrame(reader);
      else if (head === PACKED_FRAME) this.packed.push(reader.varBytes());
      else runs.push(readKeystroke(reader, head));
    }
    return runs;
  }
}
