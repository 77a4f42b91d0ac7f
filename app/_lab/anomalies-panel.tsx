"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { useAnnouncement } from "../_convergence/use-announcement.ts";
import { type Anomaly, ANOMALY_MEANINGS, ANOMALY_SOURCES } from "../../crdt/lab/anomaly.ts";
import { intentWords } from "../_compare/intent-words.ts";
import { anomalyNews, anomalySummary } from "./anomaly-words.ts";
import type { AnomalyState } from "./anomaly-watch.ts";
import type { AskedFlag } from "./flag-list.tsx";
import pageStyles from "./lab.module.css";
import styles from "./lab-ledger.module.css";
import { useLab } from "./use-lab.ts";

const FlagList = dynamic(() => import("./flag-list.tsx").then(({ FlagList: component }) => component), { ssr: false });

type Looked = "not yet" | "looking" | "too long" | readonly Anomaly[];

export interface AnomaliesPanelProps {
  /** Another one is another run. */
  readonly world: number;
  readonly nowMs: number;
  /** What was found by itself, up to the moment in view. */
  readonly found: AnomalyState;
  readonly asked: AskedFlag | null;
}

/** The named anomalies: of each stretch of the run as soon as all has come to rest, and of the whole run when somebody asks. */
export function AnomaliesPanel({ world, nowMs, found: { flags, columns, ...state }, asked }: AnomaliesPanelProps) {
  const spoken = useAnnouncement(anomalyNews(flags));
  return (
    <section className={styles.ledger} aria-label="Anomalies" data-testid="lab-anomalies">
      <p className={styles.line} data-testid="anomaly-summary" data-looked={state.lookedMs ?? ""}>
        {anomalySummary(flags, state)}
      </p>
      <span className={pageStyles.spoken} role="status" data-testid="anomaly-spoken">
        {spoken}
      </span>
      {flags.length > 0 && <FlagList flags={flags} columns={columns} asked={asked} />}
      <WholeRun world={world} nowMs={nowMs} />
    </section>
  );
}

/** All of the run at once, on demand: it takes a few runs. */
function WholeRun({ world, nowMs }: Pick<AnomaliesPanelProps, "world" | "nowMs">) {
  const run = useLab();
  const [looked, setLooked] = useState<{ readonly world: number; readonly atMs: number; readonly found: Looked } | null>(null);
  const found: Looked = looked?.world === world ? looked.found : "not yet";
  const look = async (): Promise<void> => {
    setLooked({ world, atMs: nowMs, found: "looking" });
    const json = await run.ask("anomalies");
    setLooked({ world, atMs: nowMs, found: json === null ? "too long" : (JSON.parse(json) as readonly Anomaly[]) });
  };
  const isOld = looked !== null && typeof found !== "string" && looked.atMs !== nowMs;
  return (
    <>
      <button type="button" disabled={found === "looking"} onClick={() => void look()}>
        {found === "looking" ? "Looking …" : "Look for anomalies in the whole run"}
      </button>{" "}
      <span role="status">{summaryOf(found, isOld)}</span>
      {typeof found !== "string" && found.length > 0 && (
        <ul>
          {found.map((anomaly, n) => (
            // oxlint-disable-next-line react/no-array-index-key -- reason: the list of a run never changes
            <li key={n} data-testid="lab-anomaly">
              <strong>
                ⚑ {anomaly.kind}: “{anomaly.text}”
              </strong>{" "}
              {ANOMALY_MEANINGS[anomaly.kind]} {anomaly.intents.map((intent) => intentWords(intent, false)).join("; ")}. Read:{" "}
              {ANOMALY_SOURCES[anomaly.kind]}.
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function summaryOf(found: Looked, isOld: boolean): string {
  if (found === "not yet" || found === "looking") return "";
  if (found === "too long") return "This run is too long for that: fork an earlier moment of it.";
  const since = isOld ? " The run has gone on since." : "";
  if (found.length === 0) return `None found.${since}`;
  return `${found.length} found. Compare shows which strategies avoid ${found.length === 1 ? "it" : "them"}, and the smallest steps.${since}`;
}
