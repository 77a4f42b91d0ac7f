/** What a run on this page comes from, beside a world of its own: a scenario, a link, or a live note. Plain data. */

import type { JournalEntry } from "../../crdt/base/journal.ts";
import { parseNoteId } from "../../crdt/base/ids.ts";
import { isStrategyName } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { authorization, capabilityOf } from "../_client/capabilities.ts";

export type LabSource =
  | {
      readonly kind: "scenario";
      readonly id: string;
      readonly strategy: StrategyName;
      /** Where its steps cannot be played here: its text and people with nothing done yet, rather than a refusal. */
      readonly isFree: boolean;
    }
  | { readonly kind: "shared"; readonly fragment: string }
  | {
      readonly kind: "live";
      readonly noteId: string;
      readonly entries: readonly JournalEntry[];
      readonly strategy: StrategyName;
      /** On the recording's clock; null: all of it. */
      readonly untilMs: number | null;
    };

/** What the page shows of it. */
export interface SourceView {
  readonly kind: LabSource["kind"];
  readonly title: string;
  readonly lesson: string;
  /** What is to be known about it, in sentences. */
  readonly told: readonly string[];
  /** ready: at its beginning. equal, differs: it has run to its end and the hash is the expected one, or not. refused: it cannot be opened. */
  readonly state: "ready" | "running" | "equal" | "differs" | "forked" | "refused";
  /** How long it takes; what came of it where it was made. */
  readonly untilMs: number;
  readonly hash: string;
}

export type SourceAddress =
  | Exclude<LabSource, { readonly kind: "live" }>
  | { readonly kind: "live"; readonly noteId: string; readonly untilMs: number | null };

/** What an address of this page asks for; null: nothing. */
export function addressOf({ search, hash }: { readonly search: string; readonly hash: string }): SourceAddress | null {
  if (hash.startsWith("#s=")) return { kind: "shared", fragment: hash.slice(3) };
  const query = new URLSearchParams(search);
  const [id, noteId, strategy, at] = [query.get("scenario"), query.get("fork"), query.get("strategy") ?? "", query.get("at") ?? ""];
  if (id !== null) return { kind: "scenario", id, strategy: isStrategyName(strategy) ? strategy : "walker", isFree: query.has("free") };
  if (noteId !== null) return { kind: "live", noteId, untilMs: /^\d+$/.test(at) ? Number(at) : null };
  return null;
}

/** With what the server has recorded. Rejects, with a sentence, where it does not give it. */
export async function sourceOf(address: SourceAddress): Promise<LabSource> {
  if (address.kind !== "live") return address;
  const id = parseNoteId(address.noteId);
  if (id === null) throw new RangeError(`${JSON.stringify(address.noteId)} is no note`);
  const headers = authorization(capabilityOf(id));
  const get = async (what: string): Promise<Record<string, unknown>> => {
    const answer = await fetch(`/control/${what}/${id}`, { headers });
    if (answer.status === 401 || answer.status === 403)
      throw new RangeError("What was recorded of this note is for its owner, and for whoever has a link");
    if (!answer.ok) throw new RangeError(answer.status === 404 ? "There is no such note" : `The server answered ${answer.status}`);
    return Object(await answer.json()) as Record<string, unknown>;
  };
  const [note, journal] = await Promise.all([get("notes"), get("journal")]);
  if (typeof note.strategy !== "string" || !isStrategyName(note.strategy))
    throw new RangeError("This note is of a strategy that is not known here");
  const entries = Array.isArray(journal.entries) ? journal.entries.filter(isEntry) : [];
  return { ...address, entries, strategy: note.strategy };
}

/** Whether `value` is whole, of those kinds that a run is made of. */
function isEntry(value: unknown): value is JournalEntry {
  const { atMs, replica, kind, splices, textLength, insertIds, text, state } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof atMs !== "number" || typeof replica !== "string") return false;
  if (kind === "intent")
    return Array.isArray(splices) && splices.every(isSplice) && typeof textLength === "number" && Array.isArray(insertIds);
  if (kind === "conditions" || kind === "fabric") return typeof text === "string";
  return kind === "received" || (kind === "state" && typeof state === "string");
}

function isSplice(value: unknown): boolean {
  const { index, remove, insert } = Object(value) as Readonly<Record<string, unknown>>;
  return Number.isSafeInteger(index) && Number.isSafeInteger(remove) && typeof insert === "string";
}
