/**
 * list-positions: positions for a text, without a protocol. Its updates and its file are made here as its README advises:
 * JSON of the position, the characters and the new bunch, or of the positions that were deleted.
 */

import type { Copy, Peer } from "../peer.ts";

interface Position {
  readonly bunchID: string;
  readonly innerIndex: number;
}

type Meta = Readonly<Record<string, unknown>>;

interface Order {
  addMetas(metas: readonly Meta[]): void;
  save(): readonly Meta[];
  load(saved: readonly Meta[]): void;
}

interface PositionText {
  readonly length: number;
  insertAt(index: number, text: string): [Position, Meta | null];
  positionAt(index: number): Position;
  set(position: Position, text: string): void;
  delete(position: Position, count: number): void;
  save(): unknown;
  load(saved: unknown): void;
  toString(): string;
}

interface ListPositions {
  readonly Order: new (options: { replicaID: string }) => Order;
  readonly Text: new (order: Order) => PositionText;
}

/** [position, characters, new bunch] or [position, count]. */
type Change = readonly [Position, string, Meta | null] | readonly [Position, number];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function open(load: (name: string) => unknown): Peer {
  const { Order, Text } = load("list-positions") as ListPositions;
  const copyOf = (order: Order, text: PositionText): Copy => {
    let onUpdate: ((update: Uint8Array) => void) | null = null;
    const apply = (update: Uint8Array): void => {
      for (const change of JSON.parse(decoder.decode(update)) as Change[]) {
        if (typeof change[1] === "number") text.delete(change[0], change[1]);
        else {
          const meta = change[2] ?? null;
          if (meta !== null) order.addMetas([meta]);
          text.set(change[0], change[1]);
        }
      }
    };
    return {
      edit([index, remove, insert]) {
        const changes: Change[] = [];
        for (const [position, count] of rangesOf(text, index, remove)) {
          text.delete(position, count);
          changes.push([position, count]);
        }
        if (insert !== "") {
          const [position, meta] = text.insertAt(index, insert);
          changes.push([position, insert, meta]);
        }
        onUpdate?.(encoder.encode(JSON.stringify(changes)));
      },
      settle: () => undefined,
      listen(listener) {
        onUpdate = listener;
      },
      apply,
      applyAll: (updates) => updates.forEach(apply),
      length: () => text.length,
      text: () => text.toString(),
      encode: () => encoder.encode(JSON.stringify([order.save(), text.save()])),
      saved: () => encoder.encode(JSON.stringify([order.save(), text.save()])),
      everything: () => null,
      close: () => undefined,
    };
  };
  return {
    kinds: ["without-deleted-text"],
    create(n) {
      const order = new Order({ replicaID: `r${n}` });
      return copyOf(order, new Text(order));
    },
    load(bytes) {
      const order = new Order({ replicaID: "r999" });
      const text = new Text(order);
      const [metas, saved] = JSON.parse(decoder.decode(bytes)) as [Meta[], unknown];
      order.load(metas);
      text.load(saved);
      return copyOf(order, text);
    },
  };
}

/** The positions of `count` characters from `index` on, as runs of one bunch. */
function rangesOf(text: PositionText, index: number, count: number): [Position, number][] {
  const ranges: [Position, number][] = [];
  for (let i = index; i < index + count; i++) {
    const position = text.positionAt(i);
    const last = ranges.at(-1);
    if (last !== undefined && last[0].bunchID === position.bunchID && last[0].innerIndex + last[1] === position.innerIndex) last[1]++;
    else ranges.push([position, 1]);
  }
  return ranges;
}
