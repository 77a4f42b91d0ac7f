"use client";

import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import styles from "./new-note.module.css";
import { STRATEGY_LINES } from "./strategy-lines.ts";
import { STRATEGY_TITLES } from "./strategy-titles.ts";

/** One button for each strategy there is. */
export function StrategyChoices({ onChoose }: { readonly onChoose: (strategy: StrategyName) => void }) {
  return STRATEGY_NAMES.map((name) => (
    <button key={name} type="button" className={styles.choice} data-testid={`strategy-${name}`} onClick={() => onChoose(name)}>
      <strong>{STRATEGY_TITLES[name]}</strong>
      <span>{STRATEGY_LINES[name]}</span>
    </button>
  ));
}
