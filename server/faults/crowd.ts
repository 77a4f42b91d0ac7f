/** Those who are at one place, with their names and colours counted, so that a newcomer among a thousand costs no more than among ten. */

import { Few } from "../../crdt/base/few.ts";
import type { Identity } from "./identities.ts";

export class Crowd<T extends Identity = Identity> implements Iterable<T> {
  readonly #members = new Few<T>();
  /** Of more than one member; one is its own count. */
  #counted: { readonly names: Map<string, number>; readonly colours: Map<number, number> } | null = null;

  get size(): number {
    return this.#members.size;
  }

  /** Whose name and colour stay as they are while they are here. */
  add(member: T): void {
    if (this.#members.has(member)) return;
    this.#members.add(member);
    if (this.size < 2) return;
    if (this.#counted !== null) return this.#count(member, 1);
    this.#counted = { names: new Map(), colours: new Map() };
    for (const each of this.#members) this.#count(each, 1);
  }

  delete(member: T): void {
    if (!this.#members.delete(member)) return;
    if (this.size === 0) this.#counted = null;
    else this.#count(member, -1);
  }

  hasName(name: string): boolean {
    if (this.#counted !== null) return this.#counted.names.has(name);
    for (const only of this.#members) return only.name === name;
    return false;
  }

  /** How many have this colour. */
  usesOf(colour: number): number {
    if (this.#counted !== null) return this.#counted.colours.get(colour) ?? 0;
    for (const only of this.#members) return only.colour === colour ? 1 : 0;
    return 0;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#members[Symbol.iterator]();
  }

  #count({ name, colour }: T, by: 1 | -1): void {
    if (this.#counted === null) return;
    count(this.#counted.names, name, by);
    count(this.#counted.colours, colour, by);
  }
}

function count<K>(counts: Map<K, number>, key: K, by: 1 | -1): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next > 0) counts.set(key, next);
  else counts.delete(key);
}
