import type { Machine, Versions } from "./bench-report.ts";
import styles from "./bench.module.css";
import { numberText } from "./columns.ts";

/** Where, with what and when. */
export function MachineLine({
  machine,
  versions,
  measuredAtMs,
}: {
  readonly machine: Machine;
  readonly versions: Versions;
  readonly measuredAtMs: number | null;
}) {
  const { browser, cores, memoryGb, clockStepMs } = machine;
  const facts = [
    browser,
    ...(cores === null ? [] : [`${cores} ${cores === 1 ? "core" : "cores"}`]),
    ...(memoryGb === null ? [] : [`${memoryGb} GB or more of memory`]),
    ...(clockStepMs === null ? [] : [`clock steps of ${numberText(clockStepMs)} ms`]),
    `Riftpad ${versions.riftpad}`,
    `Yjs ${versions.yjs}`,
    ...(measuredAtMs === null ? [] : [new Date(measuredAtMs).toISOString().slice(0, 16).replace("T", " ") + " UTC"]),
  ];
  return (
    <p className={styles.muted} data-testid="bench-machine">
      {facts.join(" · ")}
    </p>
  );
}
