"use client";

import { useMemo, useState } from "react";
import { sentenceOf } from "../../crdt/lab/act-words.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { REFERENCE } from "../../crdt/lab/compare.ts";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import styles from "./compare.module.css";
import { metricsOf } from "./metrics.ts";
import { OutcomeColumn } from "./outcome-column.tsx";
import { useColumns } from "./use-columns.ts";

const CHOSEN_MIN = 2;

interface Props {
  readonly script: Script;
  /** Whose texts the script's positions are meant in. */
  readonly reference?: StrategyName;
}

/** A script through the chosen strategies: its steps, one column for each strategy, and the same figures as a table. */
export function CompareRun({ script, reference = REFERENCE }: Props) {
  const allowed = useMemo(
    () => STRATEGY_NAMES.filter((name) => script.strategies.length === 0 || script.strategies.includes(name)),
    [script],
  );
  const [left, setLeft] = useState<ReadonlySet<StrategyName>>(new Set());
  const [attempt, setAttempt] = useState(0);
  const [sortBy, setSortBy] = useState("");
  const [wantedBaseline, setBaseline] = useState<StrategyName | "">(allowed[0] ?? "");
  const [scrubbed, setScrubbed] = useState<{ readonly script: Script; readonly step: number } | null>(null);
  const chosen = allowed.filter((name) => !left.has(name));
  const result = useColumns(script, reference, chosen, attempt);
  const shown = result.script;
  const last = shown.actions.length;
  const step = scrubbed?.script === shown ? scrubbed.step : last;
  const metrics = metricsOf(result.columns);
  const metric = metrics.find(({ id }) => id === sortBy);
  const columns = metric === undefined ? result.columns : result.columns.toSorted((a, b) => metric.value(a) - metric.value(b));
  const baseline = result.columns.find(({ strategy }) => strategy === wantedBaseline) ?? null;
  const differed = new Map<number, number>();
  for (const { viewsDiffered } of columns) for (const n of viewsDiffered) differed.set(n, (differed.get(n) ?? 0) + 1);
  const words = (n: number): string => {
    const act = shown.actions[n];
    return n < 0 ? "The beginning." : act === undefined ? "The end." : sentenceOf(act.action, (name) => name);
  };
  return (
    <>
      <fieldset className={styles.choices}>
        <legend>Strategies (at least two)</legend>
        {allowed.map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={!left.has(name)}
              disabled={!left.has(name) && chosen.length <= CHOSEN_MIN}
              onChange={() => {
                const next = new Set(left);
                if (!next.delete(name)) next.add(name);
                setLeft(next);
              }}
            />{" "}
            {STRATEGY_TITLES[name]}
          </label>
        ))}
      </fieldset>
      <div className={styles.bar}>
        <label>
          Sort by{" "}
          <select className={styles.select} value={sortBy} onChange={({ target }) => setSortBy(target.value)}>
            <option value="">as listed</option>
            {metrics.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label>
          Mark differences to{" "}
          <select
            className={styles.select}
            value={wantedBaseline}
            onChange={({ target }) => setBaseline(chosen.find((name) => name === target.value) ?? "")}
          >
            <option value="">nothing</option>
            {chosen.map((name) => (
              <option key={name} value={name}>
                {STRATEGY_TITLES[name]}
              </option>
            ))}
          </select>
        </label>
        {result.state === "running" ? (
          <>
            <progress aria-label="Strategies replayed" max={chosen.length} value={result.script === script ? result.columns.length : 0} />
            <button type="button" className={styles.button} onClick={result.cancel}>
              Cancel
            </button>
          </>
        ) : (
          <button type="button" className={styles.button} onClick={() => setAttempt(attempt + 1)}>
            Run again
          </button>
        )}
      </div>
      <p className={result.state === "done" || result.state === "running" ? styles.spoken : styles.lead} role="status">
        {result.state === "done" && `Replayed through ${columns.length} strategies.`}
        {result.state === "cancelled" && `Cancelled after ${columns.length} of ${chosen.length} strategies.`}
        {result.state === "failed" && `The replay stopped: ${result.failure}`}
      </p>
      <label className={styles.scrub}>
        <span>
          After step {Math.max(0, Math.min(step + 1, last))} of {last}: {words(step)}
        </span>
        <input
          type="range"
          min={-1}
          max={last}
          value={step}
          aria-valuetext={words(step)}
          data-testid="compare-scrub"
          onChange={({ target }) => setScrubbed({ script: shown, step: Number(target.value) })}
        />
      </label>
      <div className={styles.board}>
        <section className={styles.script} aria-label="Script">
          <h2>Script</h2>
          <ol className={styles.steps} tabIndex={0} aria-label="Steps" data-testid="compare-script">
            {shown.actions.map(({ action }, n) => (
              // oxlint-disable-next-line react/no-array-index-key -- reason: a step is its number
              <li key={n} aria-current={n === step ? "step" : undefined}>
                {sentenceOf(action, (name) => name)}
                {differed.has(n) && <span className={styles.warn}> ⚠ views differed in {differed.get(n)} of the columns</span>}
              </li>
            ))}
          </ol>
        </section>
        <div className={styles.columns} aria-busy={result.state === "running"} data-testid="compare-columns" data-state={result.state}>
          {columns.map((column) => (
            <OutcomeColumn
              key={column.strategy}
              script={shown}
              reference={reference}
              column={column}
              all={columns}
              baseline={baseline}
              step={step}
            />
          ))}
        </div>
      </div>
      {columns.length > 0 && (
        <details className={styles.twin}>
          <summary>The same as a table</summary>
          <div className={styles.scroll} tabIndex={0} role="group" aria-label="Figures of all strategies">
            <table>
              <thead>
                <tr>
                  <th scope="col">Strategy</th>
                  {metrics.map(({ id, label }) => (
                    <th key={id} scope="col">
                      {label}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {columns.map((column) => (
                  <tr key={column.strategy}>
                    <th scope="row">{STRATEGY_TITLES[column.strategy]}</th>
                    {metrics.map(({ id, words: say }) => (
                      <td key={id}>{say(column)}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </>
  );
}
