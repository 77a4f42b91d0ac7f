"use client";

import { WORKLOAD_GROUPS, type WorkloadGroup, type WorkloadInfo } from "../../crdt/lab/bench/workloads.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import type { OpenedFile } from "./bench-client.ts";
import { ENGINES } from "./bench-messages.ts";
import styles from "./bench.module.css";
import { type Choices, COUNT_MAX, COUNT_TITLES, GROUP_TITLES, REPETITIONS_MAX } from "./choices.ts";
import { MemoryChoice } from "./memory-choice.tsx";

export interface BenchControlsProps {
  readonly offered: readonly WorkloadInfo[];
  readonly files: readonly OpenedFile[];
  readonly fileProblem: string | null;
  readonly choices: Choices;
  readonly onChoices: (choices: Choices) => void;
  readonly onFile: (file: File) => void;
}

/** Workloads and their sizes, engines, repetitions. */
export function BenchControls({ offered, files, fileProblem, choices, onChoices, onFile }: BenchControlsProps) {
  const change = (part: Partial<Choices>): void => onChoices({ ...choices, ...part });
  return (
    <>
      <div className={styles.groups}>
        {WORKLOAD_GROUPS.map((group) => {
          const members = offered.filter((each) => each.group === group);
          return (
            <fieldset key={group} className={styles.choices}>
              <legend>{GROUP_TITLES[group]}</legend>
              <CountField group={group} choices={choices} onChange={change} />
              {group === "recorded" && (
                <>
                  <label className={styles.file}>
                    Open a trace (.json or .json.gz)
                    <input
                      type="file"
                      accept=".json,.gz"
                      data-testid="bench-file"
                      onChange={({ target }) => {
                        for (const file of target.files ?? []) onFile(file);
                        target.value = "";
                      }}
                    />
                  </label>
                  <p className={styles.muted}>
                    {members.length === 0 ? "None is open. " : ""}The format of the published editing traces: startContent, endContent,
                    txns. It stays in this browser.
                  </p>
                  {fileProblem !== null && (
                    <p role="alert" className={styles.failed}>
                      {fileProblem}
                    </p>
                  )}
                </>
              )}
              <div
                className={group === "scenarios" ? styles.long : styles.list}
                role="group"
                aria-label={GROUP_TITLES[group]}
                tabIndex={group === "scenarios" ? 0 : undefined}
              >
                {members.map(({ id, title, about }) => (
                  <label key={id} className={styles.check} title={about}>
                    <input
                      type="checkbox"
                      checked={choices.workloads.has(id)}
                      onChange={() => change({ workloads: toggled(choices.workloads, id) })}
                    />
                    <span>
                      {title}
                      {files.map(({ workload, steps }) => (workload.id === id ? `, ${steps.toLocaleString("en")} steps` : ""))}
                    </span>
                  </label>
                ))}
              </div>
            </fieldset>
          );
        })}
      </div>
      <div className={styles.rest}>
        <fieldset className={styles.engines}>
          <legend>Engines</legend>
          {ENGINES.map((name) => (
            <label key={name} className={styles.check}>
              <input
                type="checkbox"
                checked={choices.engines.has(name)}
                onChange={() => change({ engines: toggled(choices.engines, name) })}
              />
              {STRATEGY_TITLES[name]}
            </label>
          ))}
        </fieldset>
        <label className={styles.number}>
          Repetitions
          <input
            type="number"
            min={1}
            max={REPETITIONS_MAX}
            value={Number.isNaN(choices.repetitions) ? "" : choices.repetitions}
            onChange={({ target }) => change({ repetitions: target.valueAsNumber })}
          />
        </label>
        <MemoryChoice isWeighing={choices.isWeighing} onChange={(isWeighing) => change({ isWeighing })} />
      </div>
    </>
  );
}

function CountField({
  group,
  choices,
  onChange,
}: {
  readonly group: WorkloadGroup;
  readonly choices: Choices;
  readonly onChange: (part: Partial<Choices>) => void;
}) {
  const count = choices.counts[group];
  return (
    <label className={styles.number}>
      {COUNT_TITLES[group]}
      <input
        type="number"
        min={1}
        max={COUNT_MAX[group]}
        value={Number.isNaN(count) ? "" : count}
        data-testid={`bench-count-${group}`}
        onChange={({ target }) => onChange({ counts: { ...choices.counts, [group]: target.valueAsNumber } })}
      />
    </label>
  );
}

function toggled<T>(set: ReadonlySet<T>, member: T): ReadonlySet<T> {
  const out = new Set(set);
  if (!out.delete(member)) out.add(member);
  return out;
}
