/** The structs of one client of a plain Yjs note, as bytes. */

import { ByteReader, ByteWriter, EMPTY_BYTES } from "../base/bytes.ts";
import type { SkimmedClient } from "./yjs-skim.ts";
import { joined, type PlainStruct, readStruct, structFrom, writeStruct } from "./yjs-updates.ts";

/** A part of a state that lies there as it was written: where each struct but its last begins. */
interface Laid {
  readonly bytes: Uint8Array;
  readonly clocks: Float64Array;
  /** In `bytes`. */
  readonly offsets: Uint32Array;
}

const NOTHING_LAID: Laid = { bytes: EMPTY_BYTES, clocks: new Float64Array(0), offsets: new Uint32Array(0) };

/** One client's structs, ascending; typed runs are joined as they come. */
export class ClientLog {
  readonly client: number;
  /** The clock that comes next. */
  next: number;
  readonly #laid: Laid;
  /** Those that have come since, but for the last. */
  readonly #writer = new ByteWriter(32);
  readonly #clocks: number[] = [];
  readonly #offsets: number[] = [];
  /** The last struct, which may still grow. */
  #last: PlainStruct | null = null;

  constructor(client: number, from = 0, laid = NOTHING_LAID) {
    this.client = client;
    this.next = from;
    this.#laid = laid;
  }

  /** A whole part of `state`, which is kept as it is. Cost: constant. */
  static of({ client, clocks, offsets, next, end }: SkimmedClient, state: Uint8Array): ClientLog {
    const count = clocks.length - 1;
    const bytes = state.subarray(0, offsets[count]);
    const log = new ClientLog(client, next, { bytes, clocks: clocks.subarray(0, count), offsets: offsets.subarray(0, count) });
    const reader = new ByteReader(state.subarray(0, end), bytes.length);
    log.#last = readStruct(reader, reader.byte(), client, clocks[count]!);
    return log;
  }

  get count(): number {
    return this.#before + (this.#last === null ? 0 : 1);
  }

  /** About as many as it takes to write. */
  get bytes(): number {
    const { bytes, offsets } = this.#laid;
    return bytes.length - (offsets[0] ?? bytes.length) + this.#writer.length + 64 + (this.#last?.text?.length ?? 0);
  }

  push(struct: PlainStruct): void {
    const last = this.#last;
    this.next = struct.clock + struct.length;
    if (last === null) {
      this.#last = struct;
      return;
    }
    const both = joined(this.client, last, struct);
    if (both === null) this.#flush(last);
    this.#last = both ?? struct;
  }

  /** The structs from `clock` on, as a client's part of an update. */
  write(writer: ByteWriter, clock: number): void {
    let at = this.#firstEndingAfter(clock);
    const isLast = at === this.#before;
    const start = isLast ? this.#last!.clock : this.#clockAt(at);
    const from = Math.max(clock, start);
    writer
      .varUint(this.count - at)
      .varUint(this.client)
      .varUint(from);
    if (isLast) {
      writeStruct(writer, structFrom(this.#last!, this.client, from));
      return;
    }
    if (from > start) writeStruct(writer, structFrom(this.#structAt(at++), this.client, from));
    const { bytes, clocks, offsets } = this.#laid;
    writer.raw(bytes.subarray(offsets[at] ?? bytes.length));
    const since = this.#writer.written();
    writer.raw(since.subarray(at <= clocks.length ? 0 : (this.#offsets[at - clocks.length] ?? since.length)));
    writeStruct(writer, this.#last!);
  }

  /** How many there are before the last. */
  get #before(): number {
    return this.#laid.clocks.length + this.#clocks.length;
  }

  #clockAt(at: number): number {
    const { clocks } = this.#laid;
    return at < clocks.length ? clocks[at]! : this.#clocks[at - clocks.length]!;
  }

  #flush(struct: PlainStruct): void {
    this.#clocks.push(struct.clock);
    this.#offsets.push(this.#writer.length);
    writeStruct(this.#writer, struct);
  }

  #structAt(at: number): PlainStruct {
    const { bytes, clocks, offsets } = this.#laid;
    const isLaid = at < clocks.length;
    const reader = isLaid ? new ByteReader(bytes, offsets[at]) : new ByteReader(this.#writer.written(), this.#offsets[at - clocks.length]);
    return readStruct(reader, reader.byte(), this.client, this.#clockAt(at))!;
  }

  /** Index of the struct that holds `clock`, or of the first. */
  #firstEndingAfter(clock: number): number {
    if (clock >= this.#last!.clock) return this.#before;
    let low = 0;
    let high = this.#before;
    while (low < high) {
      const middle = (low + high) >> 1;
      const end = middle + 1 < this.#before ? this.#clockAt(middle + 1) : this.#last!.clock;
      if (end <= clock) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
