"use client";

import { useEffect, useState } from "react";
import { CATALOGUE, findEntry } from "../../crdt/lab/catalogue.ts";
import type { Script } from "../../crdt/lab/script.ts";
import styles from "./compare.module.css";
import { CompareRun } from "./compare-run.tsx";

/** Chooses what is compared: a scenario of the catalogue, or two typed texts. Works without script. */
export function ScenarioChooser({ chosen }: { readonly chosen: string | null }) {
  return (
    <form action="/compare" className={styles.bar}>
      <label>
        Scenario{" "}
        <select key={chosen} name="scenario" defaultValue={chosen ?? CATALOGUE[0]?.id} className={styles.select}>
          {CATALOGUE.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className={styles.button}>
        Compare this scenario
      </button>
    </form>
  );
}

/** One scenario of the catalogue through the strategies. */
export function CompareScenario({ id }: { readonly id: string }) {
  const [loaded, setLoaded] = useState<{ readonly script: Script | null; readonly failure: string | null } | null>(null);
  const entry = findEntry(id);
  useEffect(() => {
    let isCurrent = true;
    findEntry(id)
      ?.load()
      .then(
        (script) => isCurrent && setLoaded({ script, failure: null }),
        (error: unknown) => isCurrent && setLoaded({ script: null, failure: error instanceof Error ? error.message : String(error) }),
      );
    return () => {
      isCurrent = false;
    };
  }, [id]);
  if (entry === undefined) {
    return (
      <p className={styles.lead} role="alert">
        No scenario is called “{id}”. Choose one above.
      </p>
    );
  }
  return (
    <>
      <p className={styles.lead}>
        <strong>{entry.title}.</strong> {entry.lesson}
      </p>
      {loaded === null && <p className={styles.lead}>Loading the scenario …</p>}
      {loaded !== null && loaded.failure !== null && (
        <p className={styles.lead} role="alert">
          The scenario cannot be loaded: {loaded.failure}
        </p>
      )}
      {loaded !== null && loaded.script !== null && <CompareRun script={loaded.script} />}
    </>
  );
}
