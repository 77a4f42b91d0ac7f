/** Names and colours of replicas: friendly, distinct among those that are here, and the same for a replica that comes back. */

import { displayName } from "../../crdt/base/display-name.ts";
import type { ReplicaId } from "../../crdt/base/ids.ts";

const NAMES = "Ana Bo Cy Di Ed Flo Gus Hal Ida Jo Kim Lou Max Nia Oz Pia Quin Rae Sam Tia Uma Vic Wes Xia Yan Zoe".split(" ");
/** Crimson, which is also the colour of what is wrong, comes last. */
const COLOURS = [0, 1, 2, 3, 4, 5, 7, 6];
/** Replicas remembered after they left. */
const REMEMBERED_MAX = 10_000;
/** Names remembered, for what a ledger says of replicas that are long gone. */
const NAMES_MAX = 50_000;

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
  claim(replica: ReplicaId, wish: string | null, others: readonly Identity[]): Identity {
    const known = this.#known.get(replica);
    const isFree = (name: string): boolean => !others.some((other) => other.name === name);
    const wished = wish === null ? "" : displayName(wish);
    const candidates = [wished, this.#names.get(replica) ?? "", ...NAMES, ...NAMES.map((name) => `${name} 2`)];
    const name = candidates.find((candidate) => candidate !== "" && isFree(candidate)) ?? `Replica ${replica.slice(-4)}`;
    const uses = (colour: number): number => others.filter((other) => other.colour === colour).length;
    const colour = [...(known === undefined ? [] : [known.colour]), ...COLOURS].reduce((best, next) =>
      uses(next) < uses(best) ? next : best,
    );
    const identity = { name, colour };
    this.#known.delete(replica);
    this.#known.set(replica, identity);
    this.#names.delete(replica);
    this.#names.set(replica, name);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED_MAX) break;
      this.#known.delete(oldest);
    }
    for (const oldest of this.#names.keys()) {
      if (this.#names.size <= NAMES_MAX) break;
      this.#names.delete(oldest);
    }
    return identity;
  }
}
