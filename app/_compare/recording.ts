import type { JournalEntry } from "../../crdt/base/journal.ts";
import { authorization, capabilityOf } from "../_client/capabilities.ts";
import { parseNoteId } from "../../crdt/base/ids.ts";
import { REFERENCE } from "../../crdt/lab/compare.ts";
import { isStrategyName } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { type Recording, scriptOfJournal } from "./script.ts";

/** A recording, and the strategy of its note: the texts that its edits were made in are that one's. */
export interface NoteRecording extends Recording {
  readonly reference: StrategyName;
}

/** The recorded edits of a note as a script; null when there are none. Rejects when the server does not answer. */
export async function fetchRecording(noteId: string, signal: AbortSignal): Promise<NoteRecording | null> {
  const id = parseNoteId(noteId);
  const headers = authorization(id === null ? null : capabilityOf(id));
  const [answer, note] = await Promise.all(
    ["journal", "notes"].map((what) => fetch(`/control/${what}/${encodeURIComponent(noteId)}`, { signal, headers })) as [
      Promise<Response>,
      Promise<Response>,
    ],
  );
  if (answer.status === 401 || answer.status === 403)
    throw new Error("What was recorded of this note is for its owner, and for whoever has a link.");
  if (!answer.ok) throw new Error(`The server answered ${answer.status} for the journal of this note.`);
  const json: unknown = await answer.json();
  const list = Array.isArray(json) ? json : isRecord(json) ? json.entries : null;
  if (!Array.isArray(list)) throw new Error("The server's journal is not a list of entries.");
  const recording = scriptOfJournal(list.filter(isUsable));
  const about: unknown = note.ok ? await note.json() : null;
  const strategy = isRecord(about) && typeof about.strategy === "string" ? about.strategy : "";
  return recording === null ? null : { ...recording, reference: isStrategyName(strategy) ? strategy : REFERENCE };
}

/** Whether `value` is one of the entries that a script is made of, and whole. */
function isUsable(value: unknown): value is JournalEntry {
  if (!isRecord(value) || typeof value.atMs !== "number" || typeof value.replica !== "string") return false;
  if (value.kind === "conditions") return typeof value.text === "string";
  if (value.kind === "received") return value.hop === "session" && typeof value.frame === "string";
  return value.kind === "intent" && typeof value.textLength === "number" && Array.isArray(value.insertIds) && isSplices(value.splices);
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
