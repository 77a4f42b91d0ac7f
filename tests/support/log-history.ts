/**
 * What happened to one ordered log, and what must be true of it. Named checks: each returns what it found wrong. Committed
 * writes are linearisable when all nodes tell one order, and of two writes the one that was acknowledged before the other was
 * asked for stands first in it (Herlihy & Wing 1990; for a log of writes with ids that is all there is to check).
 */

export interface Committed {
  readonly node: string;
  /** Which life of the node: it is told of everything anew in each. */
  readonly life: number;
  readonly position: number;
  readonly token: number;
  readonly op: string;
}

export class LogHistory {
  readonly #invokedAtMs = new Map<string, number>();
  readonly #ackedAtMs = new Map<string, number>();
  readonly #leaders = new Map<number, Set<string>>();
  readonly #committed: Committed[] = [];

  invoke(op: string, atMs: number): void {
    if (!this.#invokedAtMs.has(op)) this.#invokedAtMs.set(op, atMs);
  }

  ack(op: string, atMs: number): void {
    if (!this.#ackedAtMs.has(op)) this.#ackedAtMs.set(op, atMs);
  }

  /** `node` was accepted as the holder of `token`: it has committed something under it. */
  led(token: number, node: string): void {
    this.#leaders.set(token, (this.#leaders.get(token) ?? new Set()).add(node));
  }

  committed(entry: Committed): void {
    this.#committed.push(entry);
  }

  get acknowledged(): number {
    return this.#ackedAtMs.size;
  }

  /** How many tokens had a leader. */
  get reigns(): number {
    return this.#leaders.size;
  }

  /** Everything that is wrong; `finals` are the logs of all nodes at the end. */
  check(finals: ReadonlyMap<string, readonly string[]>): string[] {
    return [
      ...this.oneHolderPerToken(),
      ...this.oneOrder(),
      ...this.tokensAscend(),
      ...this.sameEnd(finals),
      ...this.nothingLostOrDoubled(finals),
      ...this.realTime(finals),
    ];
  }

  oneHolderPerToken(): string[] {
    return [...this.#leaders].flatMap(([token, nodes]) =>
      nodes.size > 1 ? [`Token ${token} had the holders ${[...nodes].join(" and ")}`] : [],
    );
  }

  /** Whoever reads a committed log sees a beginning of the same one. */
  oneOrder(): string[] {
    const out: string[] = [];
    const order = new Map<number, string>();
    const last = new Map<string, number>();
    for (const { node, life, position, op } of this.#committed) {
      const known = order.get(position);
      if (known === undefined) order.set(position, op);
      else if (known !== op) out.push(`Position ${position} is ${known}, and ${op} on ${node}`);
      const reader = `${node} ${life}`;
      if (position <= (last.get(reader) ?? 0)) out.push(`${reader} was told of position ${position} after ${last.get(reader)}`);
      last.set(reader, position);
    }
    return out;
  }

  /** No write under a lower token was accepted after one under a higher. */
  tokensAscend(): string[] {
    const byPosition = [...this.#committed].sort((a, b) => a.position - b.position);
    return byPosition.flatMap(({ token, position }, n) => {
      const before = byPosition[n - 1];
      return before !== undefined && before.token > token ? [`Token ${token} at ${position} follows token ${before.token}`] : [];
    });
  }

  sameEnd(finals: ReadonlyMap<string, readonly string[]>): string[] {
    const [first] = finals;
    return [...finals].flatMap(([node, log]) =>
      first !== undefined && log.join() !== first[1].join() ? [`${node} ends otherwise than ${first[0]}`] : [],
    );
  }

  nothingLostOrDoubled(finals: ReadonlyMap<string, readonly string[]>): string[] {
    const out: string[] = [];
    for (const [node, log] of finals) {
      const count = new Map<string, number>();
      for (const op of log) count.set(op, (count.get(op) ?? 0) + 1);
      for (const op of this.#ackedAtMs.keys()) if (!count.has(op)) out.push(`${op} was acknowledged and is not on ${node}`);
      for (const [op, times] of count) if (times > 1) out.push(`${op} is on ${node} ${times} times`);
    }
    return out;
  }

  realTime(finals: ReadonlyMap<string, readonly string[]>): string[] {
    const log = [...finals.values()][0] ?? [];
    let latestAckMs = Infinity;
    const out: string[] = [];
    // From the end: the earliest answer among those that stand later. Whatever was asked for after it stands in the wrong place.
    for (const op of [...log].reverse()) {
      const invokedAtMs = this.#invokedAtMs.get(op);
      if (invokedAtMs === undefined) out.push(`${op} was never asked for`);
      else if (invokedAtMs > latestAckMs) out.push(`${op} was asked for after one that follows it was acknowledged`);
      latestAckMs = Math.min(latestAckMs, this.#ackedAtMs.get(op) ?? Infinity);
    }
    return out;
  }
}
