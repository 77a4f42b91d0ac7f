"use client";

import { useControlPart } from "../_client/use-control.ts";
import { lostRuns } from "./lost-runs.ts";

/** How many things were lost, as the ledger tells them. */
export function LossCount({ className }: { readonly className: string }) {
  const count = useControlPart(({ ledger }) => lostRuns(ledger?.losses ?? []).length);
  return <span className={className}> {count}</span>;
}
