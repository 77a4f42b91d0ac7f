/** Metadata in words. Pure. */

import type { Fields } from "../../crdt/lab/played.ts";
import { listText } from "./lab-words.ts";

/** What one copy shows, each with its name; what was never set is left out. */
export function fieldRows({ title, tags, views, votes, pins, isDeleted, lostEdits, lock }: Fields): (readonly [string, string])[] {
  const titles = typeof title === "string" ? [title] : title;
  return [
    ...(titles.some((each) => each !== "") ? [[titles.length > 1 ? "Titles" : "Title", titles.join(" | ")] as const] : []),
    ...(tags.length > 0 ? [["Tags", tags.join(", ")] as const] : []),
    ...(views === 0 ? [] : [["Views", String(views)] as const]),
    ...(votes === 0 ? [] : [["Votes", votes > 0 ? `+${votes}` : String(votes)] as const]),
    ...(pins.length > 0 ? [["Pinned", pins.join(" › ")] as const] : []),
    ...(isDeleted ? [["Note", "deleted"] as const] : []),
    ...(lostEdits > 0 ? [["Edits lost with it", String(lostEdits)] as const] : []),
    ...(lock === undefined ? [] : [["Lock", lock ?? "free"] as const]),
  ];
}

/** Whether everybody shows the same metadata, in a sentence; empty where there is none. */
export function fieldsAgreementText(copies: readonly (Fields | null)[]): string {
  const shown = copies.map((fields) => (fields === null ? null : JSON.stringify(fieldRows(fields))));
  if (shown.every((each) => each === null)) return "";
  if (shown.every((each) => each === shown[0])) return "Their metadata is the same.";
  const sides = [...new Set(shown)].map((side) => shown.flatMap((each, n) => (each === side ? ["ABCDEF".charAt(n)] : [])));
  return `Their metadata differs: ${sides.map((names) => listText(names)).join(" against ")}.`;
}
