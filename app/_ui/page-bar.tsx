"use client";

import { GlossaryButton } from "../_learn/glossary-button.tsx";
import styles from "./page-bar.module.css";
import { ThemeButton } from "./theme-button.tsx";

const PAGES = [
  ["Notes", "/"],
  ["Lab", "/lab"],
  ["Compare", "/compare"],
  ["AP | CP", "/beside"],
  ["Bench", "/bench"],
  ["Learn", "/learn"],
] as const;

export interface PageBarProps {
  /** The page that it stands on. */
  readonly current: (typeof PAGES)[number][0];
  /** Whether it stands on one below that page. */
  readonly isBelow?: boolean;
  /** Left out where the page has no keys of its own. */
  readonly onHelp?: () => void;
}

/** Over every page but the notes': the pages, the theme, the keys. */
export function PageBar({ current, isBelow = false, onHelp }: PageBarProps) {
  return (
    <header className={styles.bar}>
      <span className={styles.product}>Riftpad</span>
      <nav className={styles.pages} aria-label="Pages">
        {PAGES.map(([name, href]) => (
          <a key={name} href={href} aria-current={name !== current ? undefined : isBelow ? "true" : "page"}>
            {name}
          </a>
        ))}
      </nav>
      <span className={styles.space} />
      <GlossaryButton className={styles.square ?? ""} />
      <ThemeButton className={styles.square ?? ""} />
      {onHelp !== undefined && (
        <button type="button" className={styles.square} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={onHelp}>
          ?
        </button>
      )}
    </header>
  );
}
