"use client";

import { useEffect } from "react";
import { AnomalyFlag } from "../_compare/anomaly-flag.tsx";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { AnomalyState, Flag } from "./anomaly-watch.ts";
import styles from "./lab-ledger.module.css";
import { timeText } from "./lab-words.ts";
import { useLab } from "./use-lab.ts";

export interface FlagListProps {
  readonly flags: readonly Flag[];
  readonly columns: AnomalyState["columns"];
  /** Was asked for somewhere else on the page: it is opened, and has the focus. */
  readonly asked: AskedFlag | null;
}

export interface AskedFlag {
  readonly key: number;
}

/** The anomalies of a run, each with its intents, who avoids it, and on demand its smallest steps. */
export function FlagList({ flags, columns, asked }: FlagListProps) {
  const run = useLab();
  useEffect(() => {
    const details = asked === null ? null : document.getElementById(idOf(asked.key));
    if (!(details instanceof HTMLDetailsElement)) return;
    details.open = true;
    details.querySelector("summary")?.focus();
  }, [asked]);
  return (
    <div className={styles.flags} data-testid="lab-flags">
      {flags.map((flag) => {
        const { key, anomaly, atMs, strategy, script } = flag;
        const others = columns.get(script) ?? [];
        return (
          <AnomalyFlag
            key={key}
            id={idOf(key)}
            script={script}
            reference={strategy}
            strategy={strategy}
            anomaly={anomaly}
            all={others.length < STRATEGY_NAMES.length - 1 ? null : others}
            when={timeText(atMs)}
            onOpen={() => run.openFlag(flag)}
          />
        );
      })}
    </div>
  );
}

function idOf(key: number): string {
  return `flag-${key}`;
}
