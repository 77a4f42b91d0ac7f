/** Those who are at one place, with their names and colours counted, so that a newcomer among a thousand costs no more than among ten. */

import type { Identity } from "./identities.ts";

export class Crowd<T extends Identity = Identity> implements Iterable<T> {
  readonly #members = new Set<T>();
  readonly #names = new Map<string, number>();
  readonly #colours = new Map<number, number>();

  get size(): number {
    return this.#members.size;
  }

  /** Whose name and colour stay as they are while they are here. */
  add(member: T): void {
    if (this.#members.has(member)) return;
    this.#members.add(member);
    count(this.#names, member.name, 1);
    count(this.#colours, member.colour, 1);
  }

  delete(member: T): void {
    if (!this.#members.delete(member)) return;
    count(this.#names, member.name, -1);
    count(this.#colours, member.colour, -1);
  }

  hasName(name: string): boolean {
    return this.#names.has(name);
  }

  /** How many have this colour. */
  usesOf(colour: number): number {
    return this.#colours.get(colour) ?? 0;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#members[Symbol.iterator]();
  }
}

function count<K>(counts: Map<K, number>, key: K, by: 1 | -1): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next > 0) counts.set(key, next);
  else counts.delete(key);
}
