import { useEffect, useRef, useState } from "react";
import { sentenceOf } from "../../crdt/lab/act-words.ts";
import { type Anomaly, ANOMALY_MEANINGS, ANOMALY_SOURCES } from "../../crdt/lab/anomaly.ts";
import type { Column } from "../../crdt/lab/compare.ts";
import type { Script } from "../../crdt/lab/script.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import { intentWords } from "./intent-words.ts";
import type { CompareAnswer, CompareRequest } from "./compare-messages.ts";
import styles from "./compare.module.css";

interface Props {
  readonly script: Script;
  readonly reference: StrategyName;
  readonly strategy: StrategyName;
  readonly anomaly: Anomaly;
  /** null: not all of them are known yet. */
  readonly all: readonly Column[] | null;
  /** Goes before its name, where the numbers of steps say nothing to anybody. */
  readonly when?: string;
  /** By which it can be opened. */
  readonly id?: string;
  readonly onOpen?: () => void;
}

/** One anomaly: what it means, whose intents met, who avoids it, and on demand the smallest steps that show it. */
export function AnomalyFlag({ script, reference, strategy, anomaly, all, when, id, onOpen }: Props) {
  const [answer, setAnswer] = useState<CompareAnswer | "searching" | null>(null);
  const worker = useRef<Worker | null>(null);
  useEffect(() => () => worker.current?.terminate(), []);
  const search = (): void => {
    worker.current?.terminate();
    worker.current = new Worker(new URL("./compare-worker.ts", import.meta.url), { type: "module" });
    worker.current.onmessage = ({ data }: MessageEvent<CompareAnswer>) => setAnswer(data);
    worker.current.onerror = () => setAnswer({ kind: "failed", message: "The worker did not start" });
    worker.current.postMessage({ kind: "shrink", script, reference, strategy, anomaly: anomaly.kind } satisfies CompareRequest);
    setAnswer("searching");
  };
  const avoiding = all?.filter(({ anomalies }) => anomalies.every(({ kind }) => kind !== anomaly.kind)) ?? [];
  return (
    <details id={id} className={styles.flag} data-testid="anomaly" onToggle={({ currentTarget }) => currentTarget.open && onOpen?.()}>
      <summary>
        ⚑ {when !== undefined && `${when} `}
        {anomaly.kind}: “{anomaly.text}”
      </summary>
      <p>{ANOMALY_MEANINGS[anomaly.kind]}</p>
      <ul>
        {anomaly.intents.map((intent) => (
          <li key={`${intent.by} ${intent.steps.join()} ${intent.insertIds.join()}`}>{intentWords(intent, when === undefined)}</li>
        ))}
      </ul>
      <p>
        {all === null
          ? "Who avoids it: the other strategies are being looked at …"
          : avoiding.length === 0
            ? "None of the strategies here avoids it."
            : `Not under: ${avoiding.map((column) => STRATEGY_TITLES[column.strategy]).join(", ")}.`}
      </p>
      <p className={styles.muted}>Read: {ANOMALY_SOURCES[anomaly.kind]}.</p>
      <button type="button" className={styles.button} disabled={answer === "searching"} onClick={search}>
        {answer === "searching" ? "Searching …" : "Smallest steps"}
      </button>
      <div role="status">
        {answer !== null && answer !== "searching" && answer.kind === "failed" && <p>The search stopped: {answer.message}</p>}
        {answer !== null && answer !== "searching" && answer.kind === "shrunk" && <Smallest answer={answer} />}
      </div>
    </details>
  );
}

function Smallest({ answer: { shrunk } }: { readonly answer: Extract<CompareAnswer, { readonly kind: "shrunk" }> }) {
  if (shrunk === null) return <p>Played once more, the script does not show it.</p>;
  return (
    <>
      <p>
        {shrunk.script.actions.length} steps from “{shrunk.script.startText}”, found in {shrunk.trials} runs
        {shrunk.isBounded && "; a smaller one may exist"}:
      </p>
      <ol data-testid="smallest">
        {shrunk.script.actions.map(({ action }, n) => (
          // oxlint-disable-next-line react/no-array-index-key -- reason: a step is its number
          <li key={n}>{sentenceOf(action, (name) => name)}</li>
        ))}
      </ol>
    </>
  );
}
