import type { Loss } from "../../crdt/strategy/strategy.ts";
import styles from "./ledger-panel.module.css";

/** Of the passage on either side; more is told by Restore. */
const SHOWN_MAX = 160;

/** Words that stand alone, in the passage that was deleted around them. */
export function OrphanWords({ words, around }: { readonly words: string; readonly around: NonNullable<Loss["around"]> }) {
  const { before, after } = around;
  return (
    <p className={styles.alone}>
      {before !== "" && <del>{before.length > SHOWN_MAX ? `…${before.slice(-SHOWN_MAX)}` : before}</del>}
      <ins data-testid="ledger-words">{words}</ins>
      {after !== "" && <del>{after.length > SHOWN_MAX ? `${after.slice(0, SHOWN_MAX)}…` : after}</del>}
    </p>
  );
}
