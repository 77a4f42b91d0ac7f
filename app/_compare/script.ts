/** Scripts for the compare page: made from typed texts, or from what a note's journal holds. Pure. */

import type { JournalEntry } from "../../crdt/base/journal.ts";
import { diffText } from "../../crdt/base/splice.ts";
import type { Move, Script } from "./replay.ts";

/** Edits of one script; of a longer recording only the last ones are replayed. */
export const EDITS_MAX = 2_000;
/** An edit that took longer to reach the server was made apart. */
const APART_MS = 2_000;
/** Longer pauses are shortened to this. */
const PAUSE_MS_MAX = 5_000;

/** Two people are cut off; A turns `startText` into `textOfA`, a second later B turns it into `textOfB`; then both are healed. */
export function scriptOfTwo(startText: string, textOfA: string, textOfB: string): Script {
  const edit = (actor: number, atMs: number, text: string): Move[] => {
    const splices = diffText(startText, text);
    return splices.length === 0 ? [] : [{ kind: "edit", atMs, actor, splices, textLength: startText.length }];
  };
  return {
    startText,
    actors: ["A", "B"],
    moves: [
      { kind: "cut", atMs: 0, actor: 0 },
      { kind: "cut", atMs: 0, actor: 1 },
      ...edit(0, 1_000, textOfA),
      ...edit(1, 2_000, textOfB),
      { kind: "heal", atMs: 3_000, actor: 0 },
      { kind: "heal", atMs: 3_000, actor: 1 },
    ],
  };
}

type Intent = Extract<JournalEntry, { readonly kind: "intent" }>;

/**
 * The recorded edits of one note, with the network rebuilt from when each edit reached the server: an author
 * whose edit took longer than 2 s is cut from the edit to its arrival. What the note held before the recording
 * began is not known; dots stand for it. null when nothing was recorded.
 */
export function scriptOfJournal(entries: readonly JournalEntry[]): Script | null {
  const intents = uniqueIntents(entries).slice(-EDITS_MAX);
  const [first] = intents;
  if (first === undefined) return null;
  const replicas = [...new Set(intents.map(({ replica }) => replica))];
  const moves: Move[] = [];
  for (const [actor, replica] of replicas.entries()) {
    const own = intents.filter((intent) => intent.replica === replica);
    const arrivals = entries
      .filter((entry) => entry.kind === "received" && entry.hop === "session" && entry.frame === "numbered" && entry.replica === replica)
      .map(({ atMs }) => atMs)
      .sort((a, b) => a - b);
    let cutUntilMs = -Infinity;
    for (const { atMs, splices, textLength } of own) {
      if (atMs >= cutUntilMs) {
        const arrivalMs = arrivals.find((at) => at >= atMs) ?? Infinity;
        if (arrivalMs - atMs > APART_MS) {
          cutUntilMs = arrivalMs;
          moves.push({ kind: "cut", atMs, actor });
          if (arrivalMs !== Infinity) moves.push({ kind: "heal", atMs: arrivalMs, actor });
        }
      }
      moves.push({ kind: "edit", atMs, actor, splices, textLength });
    }
  }
  return { startText: "·".repeat(first.textLength), actors: replicas.map((_, n) => actorName(n)), moves: withoutPauses(moves) };
}

/** Journals of several writers may hold one edit twice. */
function uniqueIntents(entries: readonly JournalEntry[]): Intent[] {
  const out = new Map<string, Intent>();
  for (const entry of entries) {
    if (entry.kind !== "intent") continue;
    const key = `${entry.replica} ${entry.atMs} ${entry.insertIds.join()} ${JSON.stringify(entry.splices)}`;
    if (!out.has(key)) out.set(key, entry);
  }
  return [...out.values()].sort((a, b) => a.atMs - b.atMs);
}

/** Times from 0 on, in order, with long pauses shortened. */
function withoutPauses(moves: readonly Move[]): Move[] {
  const rank = { cut: 0, edit: 1, heal: 2 } as const;
  const ordered = [...moves].sort((a, b) => a.atMs - b.atMs || rank[a.kind] - rank[b.kind]);
  let beforeMs = ordered[0]?.atMs ?? 0;
  let atMs = 0;
  return ordered.map((move) => {
    atMs += Math.min(PAUSE_MS_MAX, move.atMs - beforeMs);
    beforeMs = move.atMs;
    return { ...move, atMs };
  });
}

function actorName(n: number): string {
  return n < 26 ? String.fromCharCode(65 + n) : `R${n + 1}`;
}
