import type { LedgerEntry } from "../../crdt/sync/control-messages.ts";
import { lostRuns } from "./lost-runs.ts";

/** How many rows the ledger has. */
export function LedgerCount({ losses, className }: { readonly losses: readonly LedgerEntry[]; readonly className: string | undefined }) {
  return <span className={className}> {lostRuns(losses).length}</span>;
}
