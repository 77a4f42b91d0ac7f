import styles from "./ledger-panel.module.css";

/** What was thrown away, struck out for as long as it is not back. */
export function LostWords({ words, stands }: { readonly words: string; readonly stands: boolean }) {
  return stands ? (
    <p className={`${styles.words} ${styles.back}`} data-testid="ledger-words">
      {words}
    </p>
  ) : (
    <del className={styles.words} data-testid="ledger-words">
      {words}
    </del>
  );
}
