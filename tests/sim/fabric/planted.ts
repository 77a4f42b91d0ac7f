/** Bugs that are planted in the world around a storm, never in the code of the product, and the checker that must see each. */

import { hash32 } from "../../../crdt/base/hash.ts";
import { decodeNodeFrame, encodeNodeFrame, type NodeFrame } from "../../../crdt/cluster/node-frames.ts";
import type { NodeStore } from "../../../crdt/cluster/node-store.ts";
import { loadNodeStrategy } from "../../../crdt/strategy/registry.ts";
import { decodeFrame } from "../../../crdt/sync/frames.ts";
import type { Replica, Strategy, StrategyName } from "../../../crdt/strategy/strategy.ts";
import type { StormOptions } from "./storm.ts";

export interface Planted {
  readonly strategy: StrategyName;
  readonly nemesis: string;
  /** A checker, or "no error": an assertion of the product saw it first. */
  readonly caughtBy: string;
  readonly plant?: StormOptions["plant"];
  readonly wrap?: (strategy: Strategy) => Strategy;
}

function withStore(wrap: (store: NodeStore) => Partial<NodeStore>): StormOptions["plant"] {
  return { wrapStore: (_id, store) => ({ ...store, ...wrap(store) }) };
}

/** Changes frames on their way between nodes. */
function altering(change: (frame: NodeFrame) => NodeFrame): StormOptions["plant"] {
  return {
    tamper: (_from, _to, bytes) => encodeNodeFrame(change(decodeNodeFrame(bytes))),
  };
}

/** Links between nodes that lose updates, and nothing else: an answer to step 1 comes through. `update` is its bytes, in hexadecimal. */
export function withoutUpdates(isLost: (update: string) => boolean): StormOptions["plant"] {
  return {
    tamper(_from, _to, bytes) {
      const frame = decodeNodeFrame(bytes);
      if (frame.type !== "room") return bytes;
      const inner = decodeFrame(frame.frame);
      return inner.type === "update" && isLost(Buffer.from(inner.update).toString("hex")) ? null : bytes;
    },
  };
}

/** The strategy with copies in which some methods are others. */
function withCopies(change: (replica: Replica) => Partial<Replica>): (strategy: Strategy) => Strategy {
  return (strategy) => ({
    ...strategy,
    open: (options) => {
      const replica = strategy.open(options);
      const changed = change(replica);
      return new Proxy(replica, {
        get(target, key) {
          if (Object.hasOwn(changed, key)) return changed[key as keyof Replica];
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
    },
  });
}

/** True each `n`th time. */
export function every(n: number): () => boolean {
  let count = 0;
  return () => ++count % n === 0;
}

export const PLANTED: Readonly<Record<string, Planted>> = {
  "a commit before the disk has it": {
    strategy: "ot",
    nemesis: "crash",
    caughtBy: "CP side safety",
    plant: withStore((store) => ({
      sync: (done) => {
        store.sync(() => undefined);
        store.load(() => done());
      },
    })),
  },
  "a follower that acknowledges what it does not have": {
    strategy: "ot",
    nemesis: "crash",
    caughtBy: "nothing acknowledged lost",
    plant: altering((frame) =>
      frame.type === "log" && frame.message.type === "behind"
        ? { ...frame, message: { ...frame.message, type: "appended", length: 3 } }
        : frame,
    ),
  },
  "a token that is not checked where a write is appended": {
    strategy: "ot",
    nemesis: "pause",
    caughtBy: "fencing",
    plant: { hasFencing: false },
  },
  "a lease that is ended, and whose token is not checked where a write is appended": {
    strategy: "ot",
    nemesis: "end-lease",
    caughtBy: "fencing",
    plant: { hasFencing: false },
  },
  "a leader that does not adopt": {
    strategy: "ot",
    nemesis: "crash",
    caughtBy: "no error",
    plant: altering((frame) =>
      frame.type === "lease" && frame.message.type === "grant"
        ? { ...frame, message: { ...frame.message, tail: { length: 0, lastToken: 0, from: 0, entries: [] } } }
        : frame,
    ),
  },
  "a majority of one": {
    strategy: "ot",
    nemesis: "split",
    caughtBy: "CP side safety",
    // Two who lead answer each other for ever.
    plant: { quorum: 1, stepsMax: 10_000 },
  },
  "an update that no link brings": {
    strategy: "rga",
    nemesis: "split",
    caughtBy: "converged",
    plant: withoutUpdates((update) => hash32(update) % 9 === 0),
  },
  "an update that was acknowledged, and that no link brings": {
    strategy: "rga",
    nemesis: "pause",
    caughtBy: "nothing acknowledged lost",
    plant: withoutUpdates((update) => hash32(update) % 9 === 0),
  },
  "a copy that forgets what it was told": {
    strategy: "rga",
    nemesis: "split",
    caughtBy: "converged",
    wrap: withCopies((replica) => {
      const forgets = every(25);
      return {
        receive: (update) =>
          forgets() ? { splices: [], forward: update, reply: null, isWaiting: false, losses: [] } : replica.receive(update),
      };
    }),
  },
  "a ledger that keeps nothing": {
    strategy: "lww-note",
    nemesis: "split",
    caughtBy: "nothing acknowledged lost",
    wrap: withCopies((replica) => ({ receive: (update) => ({ ...replica.receive(update), losses: [] }) })),
  },
  "an edit that is made twice": {
    strategy: "fugue",
    nemesis: "one-way",
    caughtBy: "nothing doubled",
    wrap: withCopies((replica) => {
      const doubles = every(9);
      return {
        edit: (splices) => replica.edit(doubles() ? splices.map((splice) => ({ ...splice, insert: splice.insert.repeat(2) })) : splices),
      };
    }),
  },
  "an edit that is accepted and not made": {
    strategy: "fuguemax",
    nemesis: "one-way",
    caughtBy: "read your writes",
    wrap: withCopies((replica) => {
      const drops = every(9);
      return { edit: (splices) => replica.edit(drops() ? splices.map((splice) => ({ ...splice, insert: "" })) : splices) };
    }),
  },
};

export async function stormOf(name: string, seed: number | string): Promise<StormOptions> {
  const { strategy, nemesis, plant, wrap = (same) => same } = PLANTED[name]!;
  return { strategy: wrap(await loadNodeStrategy(strategy)), nemesis, seed, ...(plant === undefined ? {} : { plant }) };
}
