/** Names and colours of replicas: friendly, distinct among those that are here, and the same for a replica that comes back. */

import { displayName } from "../../crdt/base/display-name.ts";
import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { Crowd } from "./crowd.ts";

const NAMES = "Ana Bo Cy Di Ed Flo Gus Hal Ida Jo Kim Lou Max Nia Oz Pia Quin Rae Sam Tia Uma Vic Wes Xia Yan Zoe".split(" ");
/** Crimson, which is also the colour of what is wrong, comes last. */
const COLOURS = [0, 1, 2, 3, 4, 5, 7, 6];
/** Replicas remembered after they left, and names: of those that wrote what is still in a ledger. */
const REMEMBERED_MAX = 10_000;
const NAMES_MAX = 20_000;

export interface Identity {
  readonly name: string;
  readonly colour: number;
}

export class Identities {
  readonly #known = new Map<ReplicaId, Identity>();
  readonly #names: Map<ReplicaId, string>;

  constructor(names: ReadonlyMap<ReplicaId, string>) {
    this.#names = new Map(names);
  }

  /** Under which name a replica was last known. */
  nameOf(replica: ReplicaId): string | null {
    return this.#names.get(replica) ?? null;
  }

  /** Who `replica` is among `others`. `wish`: the name that it would like, if nobody else here has it. */
  claim(replica: ReplicaId, wish: string | null, others: Crowd): Identity {
    const known = this.#known.get(replica);
    const wished = wish === null ? "" : displayName(wish);
    const candidates = [wished, this.#names.get(replica) ?? "", ...NAMES, ...NAMES.map((name) => `${name} 2`)];
    const name = candidates.find((candidate) => candidate !== "" && !others.hasName(candidate)) ?? `Replica ${replica.slice(-4)}`;
    const colour = [...(known === undefined ? [] : [known.colour]), ...COLOURS].reduce((best, next) =>
      others.usesOf(next) < others.usesOf(best) ? next : best,
    );
    const identity = { name, colour };
    this.#known.delete(replica);
    this.#known.set(replica, identity);
    this.#names.delete(replica);
    this.#names.set(replica, name);
    dropOldest(this.#known, REMEMBERED_MAX);
    dropOldest(this.#names, NAMES_MAX);
    return identity;
  }
}

function dropOldest(map: Map<ReplicaId, unknown>, max: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= max) return;
    map.delete(oldest);
  }
}
