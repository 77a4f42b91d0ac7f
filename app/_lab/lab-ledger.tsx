"use client";

import { LostList } from "../_ledger/lost-list.tsx";
import { timeText as wallText } from "../_ledger/time-text.ts";
import type { LabLedger } from "./lab-messages.ts";
import styles from "./lab-ledger.module.css";
import { useLab } from "./use-lab.ts";

/** What the strategy of this run has thrown away so far, word for word, with a way to put it back. */
export function LabLedgerPanel({ ledger }: { readonly ledger: LabLedger }) {
  const run = useLab();
  const { losses, names, restored, typed, kept } = ledger;
  const orphaned = losses.filter(({ rule }) => rule === "orphaned").length;
  const lost = losses.length - orphaned;
  return (
    <details className={styles.ledger} data-testid="lab-ledger">
      <summary>
        Ledger: {lost === 0 ? "nothing lost" : `${lost} ${lost === 1 ? "write" : "writes"} thrown away`}
        {orphaned > 0 && `, ${orphaned} orphaned`}
        {typed > 0 && ` · kept ${kept} of ${typed} characters`}
      </summary>
      {losses.length === 0 ? (
        <p>Nothing lost so far.</p>
      ) : (
        <LostList
          losses={losses.map((loss) => ({
            loss,
            authorName: names[loss.author] ?? loss.author,
            winnerName: names[loss.winningStamp.replica] ?? loss.winningStamp.replica,
          }))}
          when={({ loss }) => `${wallText(loss.atMs)} by its clock`}
          restored={restored}
          onRestore={(words, { loss }, index) => run.restore(loss.id, words, index)}
        />
      )}
    </details>
  );
}
