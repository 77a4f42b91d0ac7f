"use client";

import { useState, useSyncExternalStore } from "react";
import type { Tab } from "../_client/tab.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import styles from "./beside.module.css";
import type { PairRun, Phase } from "./pair-run.ts";
import { progressText, STEPS } from "./run-words.ts";
import { TrialColumn } from "./trial-column.tsx";

export interface RunViewProps {
  readonly run: PairRun;
  readonly tab: Tab;
  readonly onAgain: () => void;
  readonly onStop: () => void;
}

/** What the one button does; null: nothing, the run goes on by itself. */
const NEXT: Readonly<Partial<Record<Phase, string>>> = {
  whole: "Cut the network",
  apart: "Heal the network",
  done: "Run it again",
  failed: "Run it again",
};

/** A run from its first key to what was kept. One button leads through it and stays where it is. */
export function RunView({ run, tab, onAgain, onStop }: RunViewProps) {
  const state = useSyncExternalStore(run.subscribe, run.state, run.state);
  const { phase } = state;
  const titles = run.trials.map(({ strategy }) => STRATEGY_TITLES[strategy.name]);
  const current = STEPS.findIndex(({ phases }) => phases.includes(phase));
  const next = (): void => {
    if (phase === "whole") run.cut();
    else if (phase === "apart") run.heal();
    else if (phase === "done" || phase === "failed") onAgain();
  };
  return (
    <div className={styles.run} data-testid="beside-run" data-phase={phase}>
      <div className={styles.lead}>
        <ol className={styles.steps} aria-label="Steps">
          {STEPS.map(({ title }, n) => (
            <li key={title} aria-current={n === current ? "step" : undefined} data-done={phase !== "failed" && n < current}>
              {title}
            </li>
          ))}
        </ol>
        <div className={styles.buttons}>
          <button
            type="button"
            className={styles.primary}
            aria-disabled={NEXT[phase] === undefined}
            data-testid="beside-next"
            onClick={next}
            autoFocus
          >
            {NEXT[phase] ?? "Wait …"}
          </button>
          <button type="button" onClick={onStop}>
            {phase === "done" || phase === "failed" ? "Choose others" : "Stop"}
          </button>
          {(phase === "done" || phase === "failed") && <Remove run={run} tab={tab} />}
        </div>
        <p role={phase === "failed" ? "alert" : "status"} className={styles.progress} data-testid="beside-progress">
          {progressText(state, titles)}
        </p>
      </div>
      <div className={styles.columns}>
        {run.trials.map((trial, at) => (
          <TrialColumn key={trial.noteId} trial={trial} at={at} state={state} />
        ))}
      </div>
    </div>
  );
}

/** Notes of runs that are over need not stay in the list. */
function Remove({ run, tab }: { readonly run: PairRun; readonly tab: Tab }) {
  const [removed, setRemoved] = useState<PairRun | null>(null);
  const isRemoved = removed === run;
  const turn = (): void => {
    for (const { noteId } of run.trials) tab.change((catalog) => catalog.setDeleted(noteId, !isRemoved));
    setRemoved(isRemoved ? null : run);
  };
  return (
    <button type="button" onClick={turn}>
      {isRemoved ? "Put both notes back" : "Delete both notes"}
    </button>
  );
}
