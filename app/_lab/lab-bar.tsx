import { ThemeButton } from "../_ui/theme-button.tsx";
import styles from "./lab.module.css";

/** The pages, the theme, the keys. */
export function LabBar({ onHelp }: { readonly onHelp: () => void }) {
  return (
    <header className={styles.bar}>
      <span className={styles.product}>Riftpad</span>
      <nav className={styles.pages} aria-label="Pages">
        <a href="/">Notes</a>
        <a href="/lab" aria-current="page">
          Lab
        </a>
        <a href="/compare">Compare</a>
        <a href="/bench">Bench</a>
        <a href="/learn">Learn</a>
      </nav>
      <span className={styles.space} />
      <ThemeButton className={styles.square ?? ""} />
      <button type="button" className={styles.square} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={onHelp}>
        ?
      </button>
    </header>
  );
}
