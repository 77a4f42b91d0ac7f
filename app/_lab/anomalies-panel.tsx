"use client";

import { useState } from "react";
import { type Anomaly, ANOMALY_MEANINGS, ANOMALY_SOURCES } from "../../crdt/lab/anomaly.ts";
import { intentWords } from "../_compare/intent-words.ts";
import styles from "./lab-ledger.module.css";
import { useLab } from "./use-lab.ts";

type Looked = "not yet" | "looking" | "too long" | readonly Anomaly[];

/** The named anomalies of this run so far, when somebody asks for them: it takes a few runs. `world`: another one is another run. */
export function AnomaliesPanel({ world, nowMs }: { readonly world: number; readonly nowMs: number }) {
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
    <section className={styles.ledger} aria-label="Anomalies" data-testid="lab-anomalies">
      <button type="button" disabled={found === "looking"} onClick={() => void look()}>
        {found === "looking" ? "Looking …" : "Look for anomalies"}
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
    </section>
  );
}

function summaryOf(found: Looked, isOld: boolean): string {
  if (found === "not yet" || found === "looking") return "";
  if (found === "too long") return "This run is too long for that: fork an earlier moment of it.";
  const since = isOld ? " The run has gone on since." : "";
  if (found.length === 0) return `None found.${since}`;
  return `${found.length} found. Compare shows which strategies avoid ${found.length === 1 ? "it" : "them"}, and the smallest steps.${since}`;
}
