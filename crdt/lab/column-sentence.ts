/** One sentence for each column, composed from its figures. Pure. */

import type { AnomalyKind } from "./anomaly.ts";
import type { Column } from "./compare.ts";

const QUOTE_MAX = 24;
const VERBS: Readonly<Record<AnomalyKind, string>> = {
  "lost insert": "lost",
  "resurrected text": "brought back",
  "interleaved run": "broke up",
  "doubled text": "doubled",
  "orphaned edit": "left alone",
  "split duplicate": "duplicated",
  "mangled position": "misplaced",
  "order flip": "showed in two orders",
  "broken Markdown": "broke the Markdown of",
  "torn surrogate": "tore a character of",
};

/** "Everybody agrees after 0.84 s; all 12 typed characters stand; it doubled “he”." */
export function sentenceOf({ isConverged, agreedAfterMs, characters, anomalies, refusals, siblings }: Omit<Column, "sentence">): string {
  const agreed = isConverged ? `Everybody agrees ${afterWords(agreedAfterMs)}` : "Not everybody agrees";
  const parts = [keptWords(characters)];
  if (siblings.length > 1) parts.push(`${siblings.length} texts stand side by side`);
  if (refusals.length > 0)
    parts.push(`${count(refusals.length, "edit")} refused and kept as ${refusals.length === 1 ? "a draft" : "drafts"}`);
  const found = anomalyWords(anomalies);
  const kept = parts.filter((part) => part !== "").join(", ");
  return `${agreed}${kept === "" ? "" : `; ${kept}`}${found === "" ? "" : `; it ${found}`}.`;
}

/** "at once", "after 0.84 s". */
export function afterWords(ms: number | null): string {
  return ms === null || ms < 10 ? "at once" : `after ${(ms / 1_000).toFixed(2)} s`;
}

function keptWords(characters: Column["characters"]): string {
  if (characters === null || characters.typed === 0) return "";
  const { typed, kept, deleted, lost, unsent } = characters;
  if (kept === typed) return `all ${count(typed, "typed character")} ${typed === 1 ? "stands" : "stand"}`;
  const rest = [`${kept} of ${count(typed, "typed character")} ${kept === 1 ? "stands" : "stand"}`];
  if (deleted > 0) rest.push(`${deleted} deleted`);
  if (unsent > 0) rest.push(`${unsent} not sent`);
  if (lost > 0) rest.push(`${lost} lost`);
  return rest.join(", ");
}

function anomalyWords(anomalies: Column["anomalies"]): string {
  const byKind = new Map<AnomalyKind, string[]>();
  for (const { kind, text } of anomalies) byKind.set(kind, [...(byKind.get(kind) ?? []), text]);
  return [...byKind]
    .map(([kind, texts]) => `${VERBS[kind]} ${quote(texts[0]!)}${texts.length > 1 ? ` and ${texts.length - 1} more` : ""}`)
    .join(", ");
}

function quote(text: string): string {
  const shown = text.length > QUOTE_MAX ? `${Array.from(text).slice(0, QUOTE_MAX).join("")}…` : text;
  return `“${shown.replaceAll("\n", "⏎")}”`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
