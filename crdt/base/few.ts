/** A set that mostly has one member or none, and then costs a fraction of what a Set does: there is one for each of thousands of connections. */
export class Few<T extends object> {
  #members: T | Set<T> | null = null;

  get size(): number {
    const members = this.#members;
    return members === null ? 0 : members instanceof Set ? members.size : 1;
  }

  has(member: T): boolean {
    const members = this.#members;
    return members instanceof Set ? members.has(member) : members === member;
  }

  add(member: T): this {
    const members = this.#members;
    if (members === null) this.#members = member;
    else if (members instanceof Set) members.add(member);
    else if (members !== member) this.#members = new Set([members, member]);
    return this;
  }

  /** Returns whether it was there. */
  delete(member: T): boolean {
    const members = this.#members;
    if (members instanceof Set) return members.delete(member);
    if (members === null || members !== member) return false;
    this.#members = null;
    return true;
  }

  /** In the order in which they were added. What is added or taken out meanwhile is seen as with a Set, but for a first or second one. */
  *[Symbol.iterator](): Generator<T> {
    const members = this.#members;
    if (members instanceof Set) yield* members;
    else if (members !== null) yield members;
  }
}
