/** Words that the parts of why.ts share. */

import type { EditFact, Seen } from "./run-facts.ts";

/** A text in quotes, short, with its line ends to be seen. */
export function quoted(text: string): string {
  const shown = text.replaceAll("\n", "⏎");
  return `“${shown.length > 24 ? `${shown.slice(0, 23)}…` : shown}”`;
}

/** When and by whom, or that it is not on record. */
export function typedSentence(name: string, fact: EditFact | null, verb = "typed it"): string {
  if (fact === null) return `${name} ${verb}; when is not recorded in this run.`;
  return `${name} ${verb} at ${(fact.atMs / 1_000).toFixed(2)} s, event #${fact.event}.`;
}

export function seenSentence(name: string, seen: Seen | null): string {
  if (seen === null) return `What ${name} then saw around it is not recorded.`;
  const left = seen.left === "" ? "the beginning of the text" : quoted(seen.left);
  const right = seen.right === "" ? "the end of the text" : quoted(seen.right);
  return `At that moment ${name} saw ${left} on its left and ${right} on its right.`;
}
