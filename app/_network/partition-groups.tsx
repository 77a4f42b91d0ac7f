"use client";

import { memo, useState } from "react";
import type { FabricCommand } from "../../crdt/sync/control-messages.ts";
import type { BoardFacts, Person } from "./board-facts.ts";
import styles from "./fabric.module.css";
import { endName } from "./node-rows.ts";

export interface PartitionGroupsProps {
  readonly fabric: BoardFacts;
  readonly replicas: readonly Person[];
  readonly self: string | null;
  readonly nowMs: number;
  readonly send: (command: FabricCommand) => void;
}

const GROUPS = [1, 2, 3] as const;

/** Cuts by groups, by hand or at a time; whatever the board can do, by keyboard. */
export const PartitionGroups = memo(function PartitionGroups({ fabric, replicas, self, nowMs, send }: PartitionGroupsProps) {
  const people = replicas.filter(({ kind }) => kind !== "node");
  const ends = [...fabric.nodes.map(({ id }) => id as string), ...people.map(({ replicaId }) => replicaId as string)];
  const [chosen, setChosen] = useState<Readonly<Record<string, number>>>({});
  const [cutAtS, setCutAtS] = useState(2);
  const [healAtS, setHealAtS] = useState(9);
  const groupOf = (end: string): number => chosen[end] ?? Math.max(1, 1 + fabric.islands.findIndex((island) => island.ends.includes(end)));
  const groups = GROUPS.map((n) => ends.filter((end) => groupOf(end) === n)).filter((group) => group.length > 0);
  const canCut = groups.length > 1;
  return (
    <>
      <div className={styles.buttons} role="group" aria-label="Partitions">
        <button type="button" data-testid="split-in-half" onClick={() => send({ type: "partition", preset: "split" })}>
          Split in half
        </button>
        {self !== null && (
          <button type="button" onClick={() => send({ type: "partition", preset: "isolate", end: self })}>
            Isolate me
          </button>
        )}
        <button type="button" onClick={() => send({ type: "partition", preset: "ring" })}>
          Ring
        </button>
        <button type="button" onClick={() => send({ type: "partition", preset: "bridge", end: bridgeEnd(fabric) })}>
          Bridge
        </button>
        <button
          type="button"
          data-testid="heal-partitions"
          disabled={fabric.cuts.length === 0}
          onClick={() => send({ type: "partition", cuts: [] })}
        >
          Heal the cuts
        </button>
      </div>
      <details className={styles.more}>
        <summary>By groups, and at a time</summary>
        <table className={styles.groups}>
          <caption>Ends of different groups cannot reach each other</caption>
          <thead>
            <tr>
              <th scope="col">End</th>
              {GROUPS.map((n) => (
                <th key={n} scope="col">
                  {n}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ends.map((end) => (
              <tr key={end}>
                <th scope="row">{endName(end, people)}</th>
                {GROUPS.map((n) => (
                  <td key={n}>
                    <input
                      type="radio"
                      name={`group of ${end}`}
                      aria-label={`${endName(end, people)} in group ${n}`}
                      checked={groupOf(end) === n}
                      onChange={() => setChosen({ ...chosen, [end]: n })}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <div className={styles.buttons}>
          <button type="button" disabled={!canCut} data-testid="cut-groups" onClick={() => send({ type: "partition", groups })}>
            Cut between the groups
          </button>
        </div>
        <div className={styles.buttons}>
          <Seconds label="cut in" value={cutAtS} onChange={setCutAtS} />
          <Seconds label="heal in" value={healAtS} onChange={setHealAtS} />
          <button
            type="button"
            disabled={!canCut || healAtS <= cutAtS}
            onClick={() =>
              send({
                type: "schedule",
                steps: [{ atMs: cutAtS * 1_000, groups }, { atMs: healAtS * 1_000 }],
              })
            }
          >
            Schedule
          </button>
        </div>
      </details>
      {fabric.schedule.length > 0 && (
        <ol className={styles.schedule} aria-label="What is scheduled">
          {fabric.schedule.map(({ atMs, cuts }) => (
            <li key={atMs}>
              {cuts.length === 0 ? "Heals" : `Cuts ${cuts.length} directions`} in {Math.max(0, Math.ceil((atMs - nowMs) / 1_000))} s
            </li>
          ))}
        </ol>
      )}
    </>
  );
});

function Seconds({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}) {
  return (
    <label className={styles.seconds}>
      {label}
      <input
        type="number"
        min={0}
        max={600}
        value={value}
        onChange={({ target }) => onChange(Math.min(600, Math.max(0, target.valueAsNumber || 0)))}
      />
      s
    </label>
  );
}

/** Whoever is to join the halves: the last node. */
function bridgeEnd({ nodes }: BoardFacts): string {
  return nodes.at(-1)!.id;
}
