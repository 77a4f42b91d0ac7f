"use client";

import type { KeyboardEvent } from "react";
import type { LensRowsProps } from "./lens-panel.tsx";
import styles from "./lens-panel.module.css";

/** A run longer than this is told by its beginning and its length. */
const CELLS_MAX = 12;

/** Every item as cells in document order: live ones filled, tombstones hollow with a diagonal, runs in brackets. */
export function LensCells({ view, laneOf, isChosen, onChoose }: LensRowsProps) {
  // One stop for the Tab key; arrows move inside.
  const current = Math.max(0, view.rows.findIndex(isChosen));
  const move = (event: KeyboardEvent<HTMLElement>): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons[Math.max(0, Math.min(buttons.length - 1, at + step))]?.focus();
  };
  return (
    <div className={styles.cells} role="group" aria-label="Items in document order" data-testid="lens-cells" onKeyDown={move}>
      {view.rows.map((row, at) => {
        const { id, label, text, length, state, word } = row;
        const shown = text === "" ? "·".repeat(Math.min(length, CELLS_MAX)) : Array.from(text).slice(0, CELLS_MAX).join("");
        const rest = text === "" ? length - CELLS_MAX : Array.from(text).length - CELLS_MAX;
        return (
          <button
            key={id}
            type="button"
            className={`${styles.run} ${state === "gone" ? styles.gone : ""}`}
            style={{ ["--hue" as string]: `var(--replica-${laneOf(row)})` }}
            aria-pressed={isChosen(row)}
            aria-label={`${label}, ${length} ${word}${text === "" ? "" : `: ${text.replaceAll("\n", " line end ")}`}`}
            title={`${label} to ${Number(label.slice(label.lastIndexOf(":") + 1)) + length - 1}, ${word}`}
            tabIndex={at === current ? 0 : -1}
            data-state={state}
            onClick={() => onChoose(row)}
          >
            {Array.from(shown.replaceAll("\n", "⏎"), (char, n) => (
              <span key={n} className={styles.cell}>
                {char}
              </span>
            ))}
            {rest > 0 && <span className={styles.rest}>+{rest}</span>}
            <span className={styles.id}>{label}</span>
          </button>
        );
      })}
    </div>
  );
}
