"use client";

import { LostList } from "../_ledger/lost-list.tsx";
import { timeText as wallText } from "../_ledger/time-text.ts";
import type { LabLedger } from "./lab-messages.ts";
import styles from "./lab-ledger.module.css";
import { useLab } from "./use-lab.ts";

/** What the strategy of this run has thrown away so far, word for word, with a way to put it back. */
export function LabLedgerPanel({ ledger }: { readonly ledger: LabLedger }) {
  const run = useLab();
  const { losses, names, typed, kept } = ledger;
  return (
    <details className={styles.ledger} data-testid="lab-ledger">
      <summary>
        Ledger: {losses.length === 0 ? "nothing lost" : `${losses.length} ${losses.length === 1 ? "write" : "writes"} thrown away`}
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
          onRestore={(words, { loss }, index) => run.restore(loss.id, words, index)}
        />
      )}
    </details>
  );
}
