/** What a note is called in the list of notes. */

import type { CatalogEntry } from "../../crdt/catalog/catalog-entry.ts";

/** What a note is called that nobody has named. */
export const UNTITLED = "Untitled";

/** Its title; of a note that nobody has named also when it was made, such as "Untitled, 14:02" or, of another day, "Untitled, 26 Nov 14:02". */
export function listedTitle({ title, createdAtMs }: Pick<CatalogEntry, "title" | "createdAtMs">, nowMs = Date.now()): string {
  if (title !== "" && title !== UNTITLED) return title;
  const made = new Date(createdAtMs);
  const isToday = made.toDateString() === new Date(nowMs).toDateString();
  const day = isToday ? "" : `${made.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} `;
  return `${UNTITLED}, ${day}${made.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`;
}
