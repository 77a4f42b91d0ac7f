/**
 * A copy of a note's metadata, each field held by a type that the scenario chooses: what the catalog is in the product, where
 * the types are fixed. An update carries the state of the fields that a write changed, and which span of its author's
 * writes it covers; so a copy knows what it lacks, and merging is the types' own affair.
 */

import { EMPTY_BYTES } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { hashText } from "../base/hash.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Stamp } from "../base/stamp.ts";
import { stampClock, type StampClock, type StampClockKind } from "../causal/stamp-clock.ts";
import { readVector, sortedEntries, writeVector } from "../causal/version-vector.ts";
import type { ContentHash, Received, Replicated, Stats } from "../strategy/strategy.ts";
import { decodeMeta, encodeMeta } from "./meta-codec.ts";
import { type Engine, engineOf, type EngineName, type FieldType, type FieldWrite, type Writer } from "./meta-engines.ts";

/** A step of a scenario. */
export interface MetaWrite {
  readonly field: "title" | "tag+" | "tag-" | "view" | "vote" | "pin" | "folder" | "delete";
  readonly value: string;
  /** Of `view` and `vote`. */
  readonly by: number;
  /** Of `pin`: behind which; null: at the end. Of `folder`: into which; null: none. */
  readonly after: string | null;
}

export interface MetaStart {
  readonly title?: string;
  readonly tags?: readonly string[];
  readonly views?: number;
}

/** What a reader sees. */
export interface MetaView {
  /** Several, where the type keeps them. */
  readonly title: string | readonly string[];
  readonly tags: readonly string[];
  readonly views: number;
  readonly votes: number;
  readonly pins: readonly string[];
  /** Paths of those that can be reached. */
  readonly folders: readonly string[];
  readonly isDeleted: boolean;
  /** Edits of the text that went with the deletion and that whoever deleted had not seen. */
  readonly lostEdits: number;
  /** Titles that were refused, or overwritten by who had not seen them; left out where no node decides. */
  readonly unseenTitles?: readonly string[];
}

type FieldName = "title" | "tags" | "views" | "votes" | "pins" | "folders" | "deletion";
const FIELDS: readonly FieldName[] = ["title", "tags", "views", "votes", "pins", "folders", "deletion"];

/** The product's. */
const OWN: Readonly<Record<FieldName, EngineName>> = {
  title: "lww",
  tags: "or-set",
  views: "g-counter",
  votes: "pn-counter",
  pins: "pin-order",
  folders: "folder-move",
  deletion: "delete-wins",
};

interface Update {
  readonly spans: readonly { readonly author: ReplicaId; readonly from: number; readonly to: number }[];
  /** States to merge, or messages to count, by field. */
  readonly fields: Readonly<Partial<Record<FieldName, unknown>>>;
  readonly stamp: Stamp;
}

export interface MetaReplicaOptions {
  readonly replica: ReplicaId;
  readonly clock: Clock;
  readonly clockKind: StampClockKind;
  /** In place of the product's own type for its field; null: all are the product's. */
  readonly engine: EngineName | null;
  /** Whether this is the node's copy, which decides where a type leaves that to one. */
  readonly isNode?: boolean;
}

export class MetaReplica implements Replicated {
  readonly #self: ReplicaId;
  readonly #types: Readonly<Record<FieldName, FieldType<unknown>>>;
  readonly #stamps: StampClock;
  readonly #isNode: boolean;
  readonly #fields = new Map<FieldName, unknown>();
  readonly #vector = new Map<ReplicaId, number>();
  /** Of types that count messages: what was sent and came, for whoever lacks it. */
  readonly #messages: { readonly author: ReplicaId; readonly seq: number; readonly field: FieldName; readonly message: unknown }[] = [];
  #highest: Stamp;

  constructor({ replica, clock, clockKind, engine, isNode = false }: MetaReplicaOptions) {
    this.#self = replica;
    this.#isNode = isNode;
    const chosen = engine === null ? null : engineOf(engine);
    this.#types = Object.fromEntries(FIELDS.map((field) => [field, typeFor(field, chosen)])) as Record<FieldName, FieldType<unknown>>;
    this.#stamps = stampClock(chosen?.clock ?? clockKind, replica, clock);
    this.#highest = { wallMs: 0, replica, seq: 0 };
    for (const field of FIELDS) this.#fields.set(field, this.#types[field].start);
  }

  view(): MetaView {
    const read = (field: FieldName): unknown => this.#types[field].read(this.#fields.get(field));
    const unseen = this.#types.title.unseen?.(this.#fields.get("title"));
    const { isDeleted, lostEdits } = read("deletion") as { isDeleted: boolean; lostEdits: number };
    return {
      title: read("title") as MetaView["title"],
      tags: read("tags") as readonly string[],
      views: read("views") as number,
      votes: read("votes") as number,
      pins: read("pins") as readonly string[],
      folders: read("folders") as readonly string[],
      isDeleted,
      lostEdits,
      ...(unseen === undefined ? {} : { unseenTitles: unseen }),
    };
  }

  /** Returns the bytes to send. @throws RangeError with a sentence where the field's type has no such change. */
  write({ field, value, by, after }: MetaWrite): Uint8Array {
    switch (field) {
      case "title":
        return this.#change("title", { kind: "set", value });
      case "tag+":
      case "tag-":
        return this.#change("tags", { kind: field === "tag+" ? "add" : "remove", value });
      case "view":
      case "vote":
        return this.#change(field === "view" ? "views" : "votes", { kind: "count", by });
      case "pin":
        return this.#change("pins", { kind: "add", value, ...(after === null ? {} : { after }) });
      case "folder":
        return this.#change("folders", { kind: "add", value, ...(after === null ? {} : { after }) });
      case "delete":
        return this.#change("deletion", { kind: "delete" });
    }
  }

  /** Its owner has edited the text of the note. */
  noteEdit(): Uint8Array {
    return this.#change("deletion", { kind: "edit" });
  }

  receive(update: Uint8Array): Received {
    const nothing = { splices: [], forward: null, reply: null, isWaiting: false, losses: [] };
    if (update.length === 0) return nothing;
    const { spans, fields, stamp } = decodeMeta(update) as Update;
    const before = this.#digest();
    let [isWaiting, isCounted] = [false, false];
    const isNews = spans.some(({ author, to }) => to > (this.#vector.get(author) ?? 0));
    for (const { author, from, to } of spans) {
      const known = this.#vector.get(author) ?? 0;
      if (from > known) isWaiting = true;
      else this.#vector.set(author, Math.max(known, to));
    }
    for (const field of FIELDS) {
      const part = fields[field];
      if (part === undefined) continue;
      const type = this.#types[field];
      this.#fields.set(field, type.merge(this.#fields.get(field), part));
      if (type.message === undefined) continue;
      isCounted = true;
      const [span] = spans;
      if (isNews && span !== undefined) this.#messages.push({ author: span.author, seq: span.to, field, message: part });
    }
    this.#hear(stamp);
    const decided = this.#isNode ? this.#decide() : null;
    if (decided !== null)
      return {
        ...nothing,
        forward: encodeMeta({ ...decided, spans: [...spans, ...decided.spans], fields: { ...fields, ...decided.fields } }),
        isWaiting,
      };
    if (!isCounted && before === this.#digest()) return { ...nothing, isWaiting };
    return { ...nothing, forward: update, isWaiting };
  }

  version(): Uint8Array {
    return this.#vector.size === 0 ? new Uint8Array([0]) : writeVector(this.#vector);
  }

  since(version: Uint8Array): Uint8Array {
    const known = version.length === 0 ? new Map<ReplicaId, number>() : readVector(version);
    const spans = sortedEntries(this.#vector)
      .map(([author, to]) => ({ author, from: known.get(author) ?? 0, to }))
      .filter(({ from, to }) => to > from);
    if (spans.length === 0) return EMPTY_BYTES;
    const fields: Partial<Record<FieldName, unknown>> = {};
    for (const field of FIELDS) {
      const type = this.#types[field];
      if (type.message === undefined) fields[field] = this.#fields.get(field);
      else {
        const lacking = this.#messages.filter((each) => each.field === field && each.seq > (known.get(each.author) ?? 0));
        if (lacking.length > 0) fields[field] = lacking.map(({ message }) => message).reduce((sum, message) => type.merge(sum, message));
      }
    }
    return encodeMeta({ spans, fields, stamp: this.#highest } satisfies Update);
  }

  seen(): Uint8Array {
    return this.version();
  }

  hash(): ContentHash {
    const content = hashText(JSON.stringify(this.view()));
    return { content, structure: hashText(this.#digest()) };
  }

  stats(): Stats {
    let events = 0;
    for (const count of this.#vector.values()) events += count;
    return { events, tombstones: 0, pending: 0, typed: 0, kept: 0 };
  }

  checkInvariants(): void {
    this.view();
  }

  #change(field: FieldName, write: FieldWrite): Uint8Array {
    const from = this.#vector.get(this.#self) ?? 0;
    const seq = from + 1;
    const stamp = { ...this.#stamps.next(), seq };
    // Edits are numbered by their own count: a deletion names those that it has seen.
    const seenEdits = this.#seenEdits();
    const writer: Writer = {
      replica: this.#self,
      seq,
      stamp: write.kind === "edit" ? { ...stamp, seq: (seenEdits.get(this.#self) ?? 0) + 1 } : stamp,
      seenEdits,
    };
    const type = this.#types[field];
    const state = type.write(this.#fields.get(field), write, writer);
    this.#fields.set(field, state);
    this.#vector.set(this.#self, seq);
    this.#hear(stamp);
    const part = type.message?.(write) ?? state;
    if (type.message !== undefined) this.#messages.push({ author: this.#self, seq, field, message: part });
    return encodeMeta({
      spans: [{ author: this.#self, from, to: seq }],
      fields: { [field]: part },
      stamp: this.#highest,
    } satisfies Update);
  }

  /** On the node: what it has to say of what was asked; null: nothing was. */
  #decide(): Update | null {
    const fields: Partial<Record<FieldName, unknown>> = {};
    for (const field of FIELDS) {
      const [state, { decide }] = [this.#fields.get(field), this.#types[field]];
      const decided = decide?.(state) ?? state;
      if (decided === state) continue;
      this.#fields.set(field, decided);
      fields[field] = decided;
    }
    if (Object.keys(fields).length === 0) return null;
    const from = this.#vector.get(this.#self) ?? 0;
    this.#vector.set(this.#self, from + 1);
    return { spans: [{ author: this.#self, from, to: from + 1 }], fields, stamp: this.#highest };
  }

  /** How many edits of the text of each author are known here. */
  #seenEdits(): Map<ReplicaId, number> {
    const { edits } = this.#fields.get("deletion") as { readonly edits: readonly Stamp[] };
    const seen = new Map<ReplicaId, number>();
    for (const { replica, seq } of edits) seen.set(replica, Math.max(seq, seen.get(replica) ?? 0));
    return seen;
  }

  #hear(stamp: Stamp): void {
    if (stamp.wallMs > this.#highest.wallMs) this.#highest = stamp;
    this.#stamps.hear(stamp);
  }

  #digest(): string {
    const states = FIELDS.map((field) => sortedText(encodeMeta(this.#fields.get(field))));
    return JSON.stringify([states, sortedEntries(this.#vector)]);
  }
}

function typeFor(field: FieldName, chosen: Engine | null): FieldType<unknown> {
  const own = engineOf(OWN[field]);
  const type = chosen !== null && chosen.family === own.family ? chosen.type : own.type;
  if (type === null) throw new RangeError(`A lock holds no ${field}`);
  return type;
}

/** Maps and sets of equal content may differ in their order. */
function sortedText(bytes: Uint8Array): string {
  const sort = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sort);
    if (typeof value !== "object" || value === null) return value;
    const list = "$map" in value ? value.$map : "$set" in value ? value.$set : null;
    if (Array.isArray(list)) return list.map((each) => JSON.stringify(sort(each))).sort();
    return Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sort(each)]);
  };
  return JSON.stringify(sort(JSON.parse(new TextDecoder().decode(bytes))));
}
