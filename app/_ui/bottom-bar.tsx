"use client";

import { PANEL_TITLES, PANELS, type PanelName } from "./use-panel.ts";
import styles from "./bottom-bar.module.css";

/** On a phone, one thing at a time. */
export function BottomBar({ panel, onPanel }: { readonly panel: PanelName | null; readonly onPanel: (panel: PanelName | null) => void }) {
  return (
    <nav className={styles.bar} aria-label="Panes">
      <button type="button" aria-pressed={panel === null} onClick={() => onPanel(null)}>
        Text
      </button>
      {PANELS.map((name) => (
        <button key={name} type="button" aria-pressed={panel === name} onClick={() => onPanel(name)}>
          {PANEL_TITLES[name]}
        </button>
      ))}
    </nav>
  );
}
