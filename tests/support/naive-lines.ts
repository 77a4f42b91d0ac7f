/**
 * The lww-line strategy as its definition has it: a sorted array of lines, the whole text joined and compared after each update,
 * all lineages walked. It shares the bytes of a write with the strategy that it is an oracle of, and nothing that this keeps.
 */

import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import type { ReplicaId } from "../../crdt/base/ids.ts";
import { diffText, type Splice } from "../../crdt/base/splice.ts";
import { compareStamps } from "../../crdt/base/stamp.ts";
import { readVector } from "../../crdt/causal/version-vector.ts";
import { decodeUpdate, encodeUpdate, type LineWrite } from "../../crdt/strategy/line-writes.ts";
import { insertedBy, keyOf } from "../../crdt/strategy/logged-write.ts";
import type { Folded } from "../../crdt/strategy/write-log.ts";
import { comparePositions, FIRST_POSITION, type LinePosition } from "../../crdt/types/line-position.ts";

/** As many writes beside those that lines hold are kept one by one. */
const LOG_WRITES_MAX = 2_000;

function textOf({ head }: NaiveLine): string {
  return head?.content?.text ?? "";
}

interface NaiveLine {
  readonly position: LinePosition;
  head: LineWrite | null;
}

export interface NaiveReceived {
  readonly splices: readonly Splice[];
  readonly isNews: boolean;
  /** Keys of writes that no longer stand, or never did. */
  readonly lost: readonly string[];
}

export class NaiveLines {
  readonly lines: NaiveLine[] = [{ position: FIRST_POSITION, head: null }];
  /** In the order of arrival. */
  readonly log = new Map<string, LineWrite>();
  readonly folded = new Map<ReplicaId, Folded>();

  shown(): NaiveLine[] {
    return this.lines.filter(({ head }) => head?.content?.isDeleted !== true);
  }

  text(): string {
    return this.shown().map(textOf).join("\n");
  }

  /** What is to be written so that the text becomes `wanted`: which of those shown gets which text, or null for its end; or a new one. */
  changes(wanted: string): [line: number | "new", text: string | null][] {
    const old = this.shown().map(textOf);
    if (old.join("\n") === wanted) return [];
    const next = wanted.split("\n");
    const shortest = Math.min(old.length, next.length);
    let start = 0;
    while (start < shortest && old[start] === next[start]) start++;
    let kept = 0;
    while (kept < shortest - start && old.at(-1 - kept) === next.at(-1 - kept)) kept++;
    const out: [number | "new", string | null][] = [];
    for (let n = start; n < Math.max(old.length, next.length) - kept; n++) {
      if (n >= old.length - kept) out.push(["new", next[n]!]);
      else if (n >= next.length - kept) out.push([n, null]);
      else if (old[n] !== next[n]) out.push([n, next[n]!]);
    }
    return out;
  }

  receive(update: Uint8Array): NaiveReceived {
    const nothing = { splices: [], isNews: false, lost: [] };
    if (update.length === 0) return nothing;
    const { folded, bases, writes } = decodeUpdate(update);
    const isReached = (replica: ReplicaId): boolean => this.#contiguous(replica) >= (bases.get(replica) ?? 0);
    const news = writes.filter((write) => !this.#knows(write));
    if (news.length === 0 && ![...folded].some(([replica, { seq }]) => seq > this.#contiguous(replica) && isReached(replica)))
      return nothing;
    const before = this.text();
    const touched = this.lines.filter(({ position }) => news.some((write) => comparePositions(write.position, position) === 0));
    const stood = new Map(touched.map((line) => [line, this.#lineage([line])]));
    for (const [replica, theirs] of folded)
      if (theirs.seq > (this.folded.get(replica)?.seq ?? 0) && isReached(replica)) this.folded.set(replica, theirs);
    for (const write of news) this.log.set(keyOf(write.stamp), write);
    for (const write of news) this.#put(write);
    const lost = this.#lost(news, stood);
    this.#fold();
    return { splices: diffText(before, this.text()), isNews: true, lost };
  }

  since(version: Uint8Array): Uint8Array {
    const known = version.length === 0 ? new Map<ReplicaId, number>() : readVector(version);
    const isLacking = (replica: ReplicaId, seq: number): boolean => seq > (known.get(replica) ?? 0);
    const heads = new Set(this.lines.map(({ head }) => head));
    return encodeUpdate({
      folded: new Map([...this.folded].filter(([replica, { seq }]) => isLacking(replica, seq))),
      bases: known,
      writes: [...this.log.values()]
        .filter(({ stamp }) => isLacking(stamp.replica, stamp.seq))
        .map((write) => (heads.has(write) ? write : { ...write, content: null })),
    });
  }

  whole(): Uint8Array {
    return this.since(EMPTY_BYTES);
  }

  #knows({ stamp }: LineWrite): boolean {
    return stamp.seq <= (this.folded.get(stamp.replica)?.seq ?? 0) || this.log.has(keyOf(stamp));
  }

  #contiguous(replica: ReplicaId): number {
    let seq = this.folded.get(replica)?.seq ?? 0;
    while (this.log.has(keyOf({ wallMs: 0, replica, seq: seq + 1 }))) seq++;
    return seq;
  }

  #put(write: LineWrite): void {
    if (write.content === null) return;
    let line = this.#lineOf(write);
    if (line === undefined) {
      line = { position: write.position, head: null };
      this.lines.push(line);
      this.lines.sort((a, b) => comparePositions(a.position, b.position));
    }
    if (line.head === null || compareStamps(write.stamp, line.head.stamp) > 0) line.head = write;
  }

  #lineOf({ position }: LineWrite): NaiveLine | undefined {
    return this.lines.find((line) => comparePositions(line.position, position) === 0);
  }

  #lineage(lines: readonly NaiveLine[]): Set<string> {
    const out = new Set<string>();
    for (const { head } of lines)
      for (let write = head ?? undefined; write !== undefined && !out.has(keyOf(write.stamp));) {
        out.add(keyOf(write.stamp));
        write = write.base === null ? undefined : this.log.get(write.base);
      }
    return out;
  }

  #lost(news: readonly LineWrite[], stood: ReadonlyMap<NaiveLine, ReadonlySet<string>>): string[] {
    const lost: string[] = [];
    for (const write of news) {
      const line = this.#lineOf(write);
      if (line === undefined || line.head === null) continue;
      const stands = this.#lineage([line]);
      lost.push(...[...(stood.get(line) ?? []), keyOf(write.stamp)].filter((key) => this.log.has(key) && !stands.has(key)));
    }
    return [...new Set(lost)].sort();
  }

  #fold(): void {
    const heads = new Set(this.lines.flatMap(({ head }) => (head === null ? [] : [head])));
    if (this.log.size - this.lines.length <= LOG_WRITES_MAX) return;
    const lineage = this.#lineage(this.lines);
    for (const [key, write] of this.log) {
      if (this.log.size - heads.size <= LOG_WRITES_MAX / 2) return;
      const { replica, seq } = write.stamp;
      const { seq: last, typed, kept } = this.folded.get(replica) ?? { seq: 0, typed: 0, kept: 0 };
      if (seq > last + 1) continue;
      if (seq === last + 1) {
        const more = insertedBy(write);
        this.folded.set(replica, { seq, typed: typed + more, kept: kept + (lineage.has(key) ? more : 0) });
      }
      if (!heads.has(write)) this.log.delete(key);
    }
  }
}
