"use client";

import { useEffect, useState, useSyncExternalStore } from "react";
import type { CompareAnswer, CompareRequest } from "./compare-messages.ts";
import styles from "./compare.module.css";
import { CompareRun } from "./compare-run.tsx";
import { CompareTyped } from "./compare-typed.tsx";

type Opened = Extract<CompareAnswer, { readonly kind: "opened" | "failed" }>;

function fragmentNow(): string {
  const { hash } = window.location;
  if (hash.startsWith("#s=")) return hash.slice(3);
  return "";
}

function onHash(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

/** What stands in the address, a scenario or a run of the laboratory; two typed texts where nothing does. */
export function CompareShared() {
  const fragment = useSyncExternalStore(onHash, fragmentNow, () => "");
  const [answer, setAnswer] = useState<{ readonly fragment: string; readonly opened: Opened } | null>(null);
  useEffect(() => {
    if (fragment === "") return undefined;
    const worker = new Worker(new URL("./compare-worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<CompareAnswer>) => {
      if (data.kind === "opened" || data.kind === "failed") setAnswer({ fragment, opened: data });
    };
    worker.onerror = ({ message }) => setAnswer({ fragment, opened: { kind: "failed", message: message || "The worker did not start" } });
    worker.postMessage({ kind: "open", fragment } satisfies CompareRequest);
    return () => worker.terminate();
  }, [fragment]);
  if (fragment === "") return <CompareTyped />;
  const opened = answer?.fragment === fragment ? answer.opened : null;
  if (opened === null) {
    return (
      <p className={styles.lead} role="status">
        Playing the run again, to see what everybody had before them …
      </p>
    );
  }
  if (opened.kind === "failed") {
    return (
      <p className={styles.lead} role="alert">
        This link cannot be opened: {opened.message}.
      </p>
    );
  }
  return (
    <>
      <p className={styles.lead} data-testid="compare-shared">
        <strong>{opened.script.title}.</strong> What people and bots typed there, each in their own text, under the same network.{" "}
        {opened.told.join(" ")}
      </p>
      <CompareRun script={opened.script} reference={opened.reference} />
    </>
  );
}
