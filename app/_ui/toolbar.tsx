"use client";

import { FORMAT_BUTTONS, type FormatId } from "../_editor/format-buttons.ts";
import { QuickFaults } from "../_network/quick-faults.tsx";
import { useControlPart } from "../_client/use-control.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { lazyPart } from "./lazy-part.tsx";
import { PANEL_TITLES, PANELS, type PanelName } from "./use-panel.ts";
import styles from "./toolbar.module.css";

// Mostly nothing is lost.
const LossCount = lazyPart(async () => (await import("../_ledger/loss-count.tsx")).LossCount);

export type ViewMode = "edit" | "split" | "preview";

const MODES: readonly { readonly mode: ViewMode; readonly title: string }[] = [
  { mode: "edit", title: "Edit" },
  { mode: "split", title: "Split" },
  { mode: "preview", title: "Preview" },
];

export interface ToolbarProps {
  readonly note: NoteSession;
  readonly mode: ViewMode;
  readonly onMode: (mode: ViewMode) => void;
  readonly panel: PanelName | null;
  readonly onPanel: (panel: PanelName | null) => void;
  readonly isReadOnly: boolean;
  readonly onFormat: (id: FormatId) => void;
}

/** Formats, views, the two faults of this tab, and the drawer's panels. */
export function Toolbar({ note, mode, onMode, panel, onPanel, isReadOnly, onFormat }: ToolbarProps) {
  const hasLosses = useControlPart(({ ledger }) => ledger !== null && ledger.losses.length > 0);
  return (
    <div className={styles.bar} role="toolbar" aria-label="Note">
      <div className={`${styles.group} ${styles.formats}`}>
        {FORMAT_BUTTONS.map(({ id, label, sign }) => (
          <button
            key={id}
            type="button"
            className={styles.sign}
            aria-label={label}
            title={label}
            disabled={mode === "preview" || isReadOnly}
            onClick={() => onFormat(id)}
          >
            {sign}
          </button>
        ))}
      </div>
      <div className={`${styles.group} ${styles.views}`} role="group" aria-label="View">
        {MODES.map(({ mode: value, title }) => (
          <button key={value} type="button" className={styles.button} aria-pressed={mode === value} onClick={() => onMode(value)}>
            {title}
          </button>
        ))}
      </div>
      <span className={styles.space} />
      <QuickFaults />
      <div className={`${styles.group} ${styles.panels}`} role="group" aria-label="Panels">
        {PANELS.map((name) => (
          <button
            key={name}
            type="button"
            className={styles.button}
            aria-expanded={panel === name}
            aria-controls="drawer"
            onClick={() => onPanel(panel === name ? null : name)}
          >
            {PANEL_TITLES[name]}
            {name === "ledger" && hasLosses && <LossCount className={styles.count ?? ""} />}
          </button>
        ))}
        <a className={styles.link} href={`/compare?note=${note.noteId}`} title="This note's edits again, under every strategy">
          Compare note
        </a>
        <a
          className={styles.link}
          href={`/lab?fork=${note.noteId}`}
          title="Fork into the lab"
          aria-label="Fork into the lab"
          data-testid="fork-lab"
        >
          Fork
        </a>
      </div>
    </div>
  );
}
