import { diffText } from "../../crdt/base/splice.ts";
import { type Column, type History, textAfter } from "../../crdt/lab/compare.ts";
import { NODE_HOLDER } from "../../crdt/lab/replay.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { STRATEGY_LINES } from "../_ui/strategy-lines.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { AnomalyFlag } from "./anomaly-flag.tsx";
import { ColumnLedger } from "./column-ledger.tsx";
import styles from "./compare.module.css";
import { isFlawless, metricsOf, verdictOf } from "./metrics.ts";

interface Props {
  readonly script: Script;
  readonly reference: StrategyName;
  readonly column: Column;
  readonly all: readonly Column[];
  readonly baseline: Column | null;
  /** What is shown: the texts after this step. */
  readonly step: number;
}

/** One strategy: what everybody held after a step, whether they agree in the end, what it cost, and what went wrong. */
export function OutcomeColumn({ script, reference, column, all, baseline, step }: Props) {
  const { strategy, histories, anomalies, siblings, viewsDiffered, isConverged } = column;
  const node = nodeText(column, step);
  const held = histories.filter(({ holder }) => holder !== NODE_HOLDER).map((history) => ({ history, text: textAfter(history, step) }));
  const isSame = held.every(({ text }) => text === node);
  const against = baseline === null || baseline.strategy === strategy ? null : nodeText(baseline, step);
  return (
    <section className={styles.column} aria-labelledby={`compare-${strategy}`} data-testid={`outcome-${strategy}`}>
      <h2 id={`compare-${strategy}`}>{STRATEGY_TITLES[strategy]}</h2>
      <p className={styles.muted}>{STRATEGY_LINES[strategy]}</p>
      <p className={!isConverged ? styles.bad : isFlawless(column) ? styles.ok : styles.flawed} data-testid="verdict">
        {verdictOf(column)}
      </p>
      <p>{column.sentence}</p>
      <Text label={isSame ? "Everybody holds" : "The server holds"} text={node} against={against} />
      {!isSame &&
        held.map(({ history, text }) => <Text key={history.holder} label={`${history.holder} holds`} text={text} against={null} />)}
      {siblings.length > 1 && siblings.map((text) => <Text key={text} label="Stands beside it in the end" text={text} against={null} />)}
      <dl className={styles.figures}>
        {metricsOf([column]).map(({ id, label, words }) => (
          <div key={id}>
            <dt>{label}</dt>
            <dd>{words(column)}</dd>
          </div>
        ))}
      </dl>
      <ColumnLedger column={column} />
      {anomalies.map((anomaly, n) => (
        // oxlint-disable-next-line react/no-array-index-key -- reason: the list of a column never changes
        <AnomalyFlag key={n} script={script} reference={reference} strategy={strategy} anomaly={anomaly} all={all} />
      ))}
      {viewsDiffered.length > 0 && (
        <p className={styles.warn}>
          ⚠ {viewsDiffered.length} {viewsDiffered.length === 1 ? "edit" : "edits"} met another text than the one they were made in: the same
          gesture, not the same document.
        </p>
      )}
    </section>
  );
}

function nodeText({ histories }: Column, step: number): string {
  const history: History | undefined = histories.find(({ holder }) => holder === NODE_HOLDER);
  return history === undefined ? "" : textAfter(history, step);
}

function Text({ label, text, against }: { readonly label: string; readonly text: string; readonly against: string | null }) {
  return (
    <div>
      <h3 className={styles.label}>{label}</h3>
      {/* Focusable, since a long text scrolls. */}
      <pre className={styles.text} tabIndex={0} role="group" aria-label={label} data-testid="outcome-text">
        {text === "" && (against === null || against === "") ? "(empty)" : against === null ? text : marked(against, text)}
      </pre>
    </div>
  );
}

/** `text` with what it has besides `against` underlined, and what it lacks struck. */
function marked(against: string, text: string) {
  const parts = [];
  let at = 0;
  for (const { index, remove, insert } of diffText(against, text)) {
    parts.push(against.slice(at, index));
    if (remove > 0) parts.push(<del key={`- ${index}`}>{against.slice(index, index + remove)}</del>);
    if (insert !== "") parts.push(<ins key={`+ ${index}`}>{insert}</ins>);
    at = index + remove;
  }
  return [...parts, against.slice(at)];
}
