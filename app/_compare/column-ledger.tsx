import type { Column } from "../../crdt/lab/compare.ts";
import { LostList } from "../_ledger/lost-list.tsx";
import { timeText } from "../_ledger/time-text.ts";
import styles from "./compare.module.css";

/** What one strategy threw away or did not take, word for word; where it lost nothing, that sentence. */
export function ColumnLedger({ column: { losses, orphans, refusals, characters, anomalies } }: { readonly column: Column }) {
  if (losses.length === 0 && orphans.length === 0 && refusals.length === 0) {
    // Those that two people made by one side each: the checker alone knows of them.
    const orphaned = anomalies.filter(({ kind }) => kind === "orphaned edit").length;
    const beside = orphaned === 0 ? "" : ` ${orphaned} ${orphaned === 1 ? "edit was" : "edits were"} orphaned: see the flags below.`;
    const isLost = (characters?.lost ?? 0) > 0;
    const nothing = isLost ? "The strategy itself does not know of what is lost: see the flags below." : `Nothing lost.${beside}`;
    return (
      <p className={styles.muted} data-testid="column-ledger">
        {nothing}
      </p>
    );
  }
  return (
    <details className={styles.ledger} data-testid="column-ledger">
      <summary>
        Ledger: {losses.length === 0 ? "nothing lost" : `${losses.length} thrown away`}
        {orphans.length > 0 && `, ${orphans.length} orphaned`}
        {refusals.length > 0 && `, ${refusals.length} refused`}
        {characters !== null && ` · kept ${characters.kept} of ${characters.typed} characters`}
      </summary>
      <LostList
        losses={[...losses, ...orphans].map(({ loss, author, winner }) => ({ loss, authorName: author, winnerName: winner }))}
        when={({ loss }) => `${timeText(loss.atMs)} by its clock`}
      />
      {refusals.length > 0 && (
        <ul>
          {refusals.map(({ step, by, reason, draft }) => (
            <li key={`${step} ${by}`} data-testid="ledger-refused">
              {by}, step {step + 1}: {draft === "" ? "a deletion" : <q>{draft}</q>} was not taken and is {by}&apos;s draft. {reason}
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}
