/**
 * Yjs updates by hand (update format 1), so that writing one costs the generator next to nothing: a writer types a run
 * of its own into `getText("text")`, each update one item of UPDATE_CHARS letters to the right of its last. And the
 * reverse: which clocks an update brings, without a document. Nothing here deletes.
 *
 * update := varUint(clients) (varUint(items) varUint(client) varUint(clock) item*)* deletes, where deletes := varUint(0)
 * item   := 0x84 varUint(client) varUint(clock) varString(text)     to the right of that character
 *         | 0x04 varUint(1) varString(root) varString(text)         the first of a root type
 */

import { ByteReader, ByteWriter } from "../../../crdt/base/bytes.ts";

/** Letters in one update: with client and clock that makes 22 to 26 bytes, as one short word does. */
export const UPDATE_CHARS = 5;
const ROOT = "text";
const NO_DELETES = 0;

const INFO = { gc: 0, deleted: 1, string: 4, skip: 10 } as const;
const HAS_LEFT = 0x80;
const HAS_RIGHT = 0x40;
const HAS_SUB = 0x20;

/** One item of `text` by `client` at `clock`; `left` is the character that it follows, null at the start of the text. */
export interface Item {
  readonly client: number;
  readonly clock: number;
  readonly text: string;
  readonly left: { readonly client: number; readonly clock: number } | null;
}

/** The update that holds these items. Those of one client must be in the order of their clocks, without gaps. */
export function encodeItems(items: readonly Item[]): Uint8Array {
  const byClient = new Map<number, Item[]>();
  for (const item of items) byClient.set(item.client, [...(byClient.get(item.client) ?? []), item]);
  const writer = new ByteWriter().varUint(byClient.size);
  // As Yjs writes them: the highest client first.
  for (const [client, own] of [...byClient].sort(([a], [b]) => b - a)) {
    writer.varUint(own.length).varUint(client).varUint(own[0]!.clock);
    for (const { left, text } of own) {
      if (left === null) writer.varUint(INFO.string).varUint(1).varString(ROOT);
      else
        writer
          .byte(INFO.string | HAS_LEFT)
          .varUint(left.client)
          .varUint(left.clock);
      writer.varString(text);
    }
  }
  return writer.varUint(NO_DELETES).finish();
}

/** Types words of UPDATE_CHARS letters, one update each. */
export class Writer {
  readonly client: number;
  #clock = 0;

  constructor(client: number) {
    this.client = client;
  }

  /** How many updates it has made. */
  get written(): number {
    return this.#clock / UPDATE_CHARS;
  }

  next(): Uint8Array {
    const { client } = this;
    const clock = this.#clock;
    this.#clock += UPDATE_CHARS;
    const letter = String.fromCharCode(97 + (this.written % 26));
    return encodeItems([{ client, clock, text: letter.repeat(UPDATE_CHARS), left: clock === 0 ? null : { client, clock: clock - 1 } }]);
  }
}

/** A text of `items` times `chars` letters that two people wrote in turns, as one update. */
export function twoWriters(items: number, chars: number, [a, b]: readonly [number, number]): Uint8Array {
  const clocks = new Map([
    [a, 0],
    [b, 0],
  ]);
  const list: Item[] = [];
  let left: Item["left"] = null;
  for (let n = 0; n < items; n++) {
    const client = n % 2 === 0 ? a : b;
    const clock = clocks.get(client)!;
    list.push({ client, clock, text: String.fromCharCode(97 + (n % 26)).repeat(chars), left });
    left = { client, clock: clock + chars - 1 };
    clocks.set(client, clock + chars);
  }
  return encodeItems(list);
}

/** An update that says nothing. */
export const EMPTY_UPDATE = Uint8Array.of(0, 0);
/** The version of somebody who holds nothing. */
export const EMPTY_VERSION = Uint8Array.of(0);

/** Half-open: events of `client` with clocks from `from` to `to`. */
export interface ClockRange {
  readonly client: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Which events an update holds. Knows what the writers here make and what servers make of it: text, skips, collected items.
 * @throws DecodeError at anything else.
 */
export function clocksOf(update: Uint8Array): ClockRange[] {
  const reader = new ByteReader(update);
  const ranges: ClockRange[] = [];
  for (let clients = reader.varUint(); clients > 0; clients--) {
    let items = reader.varUint();
    const client = reader.varUint();
    let clock = reader.varUint();
    for (; items > 0; items--) {
      const info = reader.byte();
      const from = clock;
      clock += lengthOf(info, reader);
      const last = ranges.at(-1);
      if ((info & 31) === INFO.skip) continue;
      if (last?.client === client && last.to === from) ranges[ranges.length - 1] = { ...last, to: clock };
      else ranges.push({ client, from, to: clock });
    }
  }
  return ranges;
}

function lengthOf(info: number, reader: ByteReader): number {
  const kind = info & 31;
  if (kind === INFO.gc || kind === INFO.skip) return reader.varUint();
  if ((info & HAS_LEFT) !== 0) readId(reader);
  if ((info & HAS_RIGHT) !== 0) readId(reader);
  if ((info & (HAS_LEFT | HAS_RIGHT)) === 0) {
    if (reader.varUint() === 1) reader.varString();
    else readId(reader);
    if ((info & HAS_SUB) !== 0) reader.varString();
  }
  if (kind === INFO.string) return reader.varString().length;
  if (kind === INFO.deleted) return reader.varUint();
  throw reader.error(`An item of kind ${kind}`);
}

function readId(reader: ByteReader): void {
  reader.varUint();
  reader.varUint();
}
