/** The pinned notes of a list. */

import { comparePositions } from "../types/line-position.ts";
import type { CatalogEntry } from "./catalog-entry.ts";

/** In their order; deleted ones keep their place and are not listed. Two that were put in one place at once stand by replica id. */
export function pinnedOf<E extends Pick<CatalogEntry, "pin" | "isDeleted">>(notes: readonly E[]): E[] {
  return notes.filter(({ pin, isDeleted }) => pin !== null && !isDeleted).sort((a, b) => comparePositions(a.pin!, b.pin!));
}
