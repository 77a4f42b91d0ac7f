/** What a run on this page comes from, beside a world of its own: a scenario, a link, or a live note. Plain data. */

import type { JournalEntry } from "../../crdt/base/journal.ts";
import { parseNoteId } from "../../crdt/base/ids.ts";
import type { EngineName } from "../../crdt/lab/meta-engines.ts";
import { isStrategyName } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { authorization, capabilityOf } from "../_client/capabilities.ts";
import { readRecents } from "../_client/replica-claim.ts";

export type LabSource =
  | {
      readonly kind: "scenario";
      readonly id: string;
      readonly strategy: StrategyName;
      /** What holds the metadata, where the scenario lets that be chosen; null, or another name: the first of those that it names. */
      readonly engine: string | null;
    }
  | { readonly kind: "shared"; readonly fragment: string }
  | {
      readonly kind: "live";
      readonly noteId: string;
      readonly entries: readonly JournalEntry[];
      readonly strategy: StrategyName;
      /** What the note called those who wrote it, as far as it is known here; by replica id. */
      readonly names: Readonly<Record<string, string>>;
      /** On the recording's clock; null: all of it. */
      readonly untilMs: number | null;
    };

/** What can be chosen of a scenario of the catalogue. */
export interface ScenarioChoice {
  readonly id: string;
  /** Types that could hold its metadata, and the one that does; none, and null: it is not about that. */
  readonly engines: readonly EngineName[];
  readonly engine: EngineName | null;
  readonly guard: GuardChoice | null;
}

/** A guard that can be taken away. */
export interface GuardChoice {
  readonly title: string;
  readonly isOn: boolean;
  /** The scenario with the guard the other way. */
  readonly other: string;
  /** How the run ends with it and without it, in a sentence each. */
  readonly endings: { readonly on: string; readonly off: string };
}

/** What the page shows of it. */
export interface SourceView {
  readonly kind: LabSource["kind"];
  readonly title: string;
  readonly lesson: string;
  /** What is to be known about it, in sentences. */
  readonly told: readonly string[];
  /** Of a scenario of the catalogue. */
  readonly choice: ScenarioChoice | null;
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
  if (id !== null) return { kind: "scenario", id, strategy: isStrategyName(strategy) ? strategy : "walker", engine: query.get("engine") };
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
  const [note, journal, names] = await Promise.all([get("notes"), get("journal"), knownNames(headers)]);
  if (typeof note.strategy !== "string" || !isStrategyName(note.strategy))
    throw new RangeError("This note is of a strategy that is not known here");
  const entries = Array.isArray(journal.entries) ? journal.entries.filter(isEntry) : [];
  return { ...address, entries, strategy: note.strategy, names };
}

/** Names of this browser's replicas, and of all that are open. */
async function knownNames(headers: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const own = readRecents().map(({ id, name }) => [id, name] as const);
  try {
    const { replicas } = Object(await (await fetch("/control/replicas", { headers })).json()) as Readonly<Record<string, unknown>>;
    const open = (Array.isArray(replicas) ? replicas : []).map((row) => {
      const { replicaId, name } = Object(row) as Readonly<Record<string, unknown>>;
      return [String(replicaId), typeof name === "string" ? name : ""] as const;
    });
    return Object.fromEntries([...own, ...open].filter(([, name]) => name !== ""));
  } catch {
    // A run needs none.
    return Object.fromEntries(own);
  }
}

/** Whether `value` is whole, of those kinds that a run is made of. */
function isEntry(value: unknown): value is JournalEntry {
  const { atMs, replica, kind, splices, textLength, insertIds, startText, text, state } = Object(value) as Readonly<
    Record<string, unknown>
  >;
  if (typeof atMs !== "number" || typeof replica !== "string") return false;
  if (kind === "intent")
    return (
      Array.isArray(splices) &&
      splices.every(isSplice) &&
      typeof textLength === "number" &&
      Array.isArray(insertIds) &&
      (startText === undefined || typeof startText === "string")
    );
  if (kind === "conditions" || kind === "fabric") return typeof text === "string";
  return kind === "received" || (kind === "state" && typeof state === "string");
}

function isSplice(value: unknown): boolean {
  const { index, remove, insert } = Object(value) as Readonly<Record<string, unknown>>;
  return Number.isSafeInteger(index) && Number.isSafeInteger(remove) && typeof insert === "string";
}
