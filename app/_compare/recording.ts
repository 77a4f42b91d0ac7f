import type { JournalEntry } from "../../crdt/base/journal.ts";
import { authorization, capabilityOf } from "../_client/capabilities.ts";
import { parseNoteId } from "../../crdt/base/ids.ts";
import { REFERENCE } from "../../crdt/lab/compare.ts";
import { isClear } from "../../crdt/network/conditions.ts";
import { factOf, isOfDatagrams } from "../../crdt/network/fabric-facts.ts";
import { type ClockRecording, recordingForClocks } from "../../crdt/lab/rerun-clocks.ts";
import { isStrategyName } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { type Recording, scriptOfJournal } from "./script.ts";

/** A recording, and the strategy of its note: the texts that its edits were made in are that one's. */
export interface NoteRecording extends Recording {
  readonly reference: StrategyName;
  /** How often a node, or a link between nodes, was made to fail: the script, which has one node, holds none of that. */
  readonly brokenBetween: number;
}

/** The recorded edits of a note as a script; null when there are none. Rejects when the server does not answer. */
export async function fetchRecording(noteId: string, signal: AbortSignal): Promise<NoteRecording | null> {
  const [entries, strategy] = await Promise.all([fetchJournal(noteId, signal), fetchStrategy(noteId, signal)]);
  const recording = scriptOfJournal(entries.filter(isUsable));
  return recording === null ? null : { ...recording, reference: strategy ?? REFERENCE, brokenBetween: brokenBetween(entries) };
}

/** How many entries say that a node is not as it should be, or that a link between nodes is not clear. */
export function brokenBetween(entries: readonly unknown[]): number {
  return entries.filter((entry) => {
    const text = isRecord(entry) && entry.kind === "fabric" && typeof entry.text === "string" ? entry.text : "";
    const fact = factOf(text);
    if (fact === null) return false;
    if (fact.what === "link") return !isClear(fact.set) || isOfDatagrams(text);
    return fact.what === "paused" || fact.what === "lost" || (fact.what === "node" && fact.state === "down");
  }).length;
}

/** The same for a run under other clocks, with the note's strategy and the names of those who are here. */
export async function fetchForClocks(
  noteId: string,
  signal: AbortSignal,
): Promise<{ readonly recording: ClockRecording; readonly strategy: StrategyName; readonly names: ReadonlyMap<string, string> } | null> {
  const entries = (await fetchJournal(noteId, signal)).filter((entry): entry is JournalEntry => isUsable(entry) || isRename(entry));
  const recording = recordingForClocks(entries);
  if (recording === null) return null;
  const strategy = await fetchStrategy(noteId, signal);
  if (strategy === null) throw new Error("The server does not say what strategy this note has.");
  return { recording, strategy, names: await namesOf(noteId, signal) };
}

async function fetchStrategy(noteId: string, signal: AbortSignal): Promise<StrategyName | null> {
  const note = await fetchControl(`notes/${encodeURIComponent(noteId)}`, noteId, signal);
  const { strategy } = Object(note.ok ? ((await note.json()) as unknown) : null) as { readonly strategy?: unknown };
  return typeof strategy === "string" && isStrategyName(strategy) ? strategy : null;
}

/** Who is here by name. For the owner alone: to others people are letters. */
async function namesOf(noteId: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const answer = await fetchControl(`replicas?note=${encodeURIComponent(noteId)}`, noteId, signal);
  const { replicas } = Object(answer.ok ? ((await answer.json()) as unknown) : null) as { readonly replicas?: unknown };
  const rows = Array.isArray(replicas) ? replicas.filter(isRecord) : [];
  return new Map(rows.map(({ replicaId, name }) => [String(replicaId), String(name)]));
}

function fetchControl(path: string, noteId: string, signal: AbortSignal): Promise<Response> {
  const id = parseNoteId(noteId);
  return fetch(`/control/${path}`, { signal, headers: authorization(id === null ? null : capabilityOf(id)) });
}

async function fetchJournal(noteId: string, signal: AbortSignal): Promise<readonly unknown[]> {
  const answer = await fetchControl(`journal/${encodeURIComponent(noteId)}`, noteId, signal);
  if (answer.status === 401 || answer.status === 403)
    throw new Error("What was recorded of this note is for its owner, and for whoever has a link.");
  if (!answer.ok) throw new Error(`The server answered ${answer.status} for the journal of this note.`);
  const json: unknown = await answer.json();
  const list: unknown = Array.isArray(json) ? json : isRecord(json) ? json.entries : null;
  if (!Array.isArray(list)) throw new Error("The server's journal is not a list of entries.");
  return list;
}

function isRename(value: unknown): value is JournalEntry {
  if (!isRecord(value) || typeof value.atMs !== "number" || typeof value.replica !== "string") return false;
  return value.kind === "rename" && typeof value.title === "string";
}

/** Whether `value` is one of the entries that a script is made of, and whole. */
function isUsable(value: unknown): value is JournalEntry {
  if (!isRecord(value) || typeof value.atMs !== "number" || typeof value.replica !== "string") return false;
  if (value.kind === "conditions") return typeof value.text === "string";
  if (value.kind === "received") return value.hop === "session" && typeof value.frame === "string";
  return (
    value.kind === "intent" &&
    typeof value.textLength === "number" &&
    Array.isArray(value.insertIds) &&
    isSplices(value.splices) &&
    (value.startText === undefined || typeof value.startText === "string")
  );
}

function isSplices(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (splice) =>
        isRecord(splice) && Number.isSafeInteger(splice.index) && Number.isSafeInteger(splice.remove) && typeof splice.insert === "string",
    )
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
