/** What one person did, of an anomaly, in words. Pure. */

import type { Intent } from "../../crdt/lab/anomaly.ts";

/** "A typed “Alice” (step 3)". Without steps where nobody sees their numbers. */
export function intentWords({ by, steps: [from, to], inserted, removed }: Intent, hasSteps = true): string {
  const who = by ?? "The start text";
  const what = [inserted === "" ? "" : `typed “${inserted}”`, removed === "" ? "" : `deleted “${removed}”`].filter((part) => part !== "");
  return by === null
    ? `${who}: “${inserted}”`
    : `${who} ${what.join(" and ")}${hasSteps ? ` (step ${from === to ? from + 1 : `${from + 1} to ${to + 1}`})` : ""}`;
}
