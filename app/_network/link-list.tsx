"use client";

import { memo } from "react";
import type { FabricCommand } from "../../crdt/sync/control-messages.ts";
import type { BoardFacts, Person } from "./board-facts.ts";
import { layOutBoard } from "./board-layout.ts";
import styles from "./fabric.module.css";
import { endName } from "./node-rows.ts";

export interface LinkListProps {
  readonly fabric: BoardFacts;
  readonly replicas: readonly Person[];
  readonly mayBreak: boolean;
  readonly send: (command: FabricCommand) => void;
}

/** The board's links in words, one direction a button. */
export const LinkList = memo(function LinkList({ fabric, replicas, mayBreak, send }: LinkListProps) {
  const directions = layOutBoard(fabric, replicas).links.flatMap(({ a, b, isCutThere, isCutBack }) => [
    { from: a.end, to: b.end, isCut: isCutThere },
    { from: b.end, to: a.end, isCut: isCutBack },
  ]);
  return (
    <details className={styles.more}>
      <summary>Links one by one</summary>
      <ul className={styles.directions}>
        {directions.map(({ from, to, isCut }) => (
          <li key={`${from} ${to}`}>
            <span>
              {endName(from, replicas)} → {endName(to, replicas)}
            </span>
            <span className={isCut ? styles.mayNot : styles.may}>{isCut ? "cut" : "open"}</span>
            {mayBreak && (
              <button
                type="button"
                aria-label={`${isCut ? "Heal" : "Cut"} ${endName(from, replicas)} to ${endName(to, replicas)}`}
                onClick={() => send({ type: isCut ? "mend" : "cut", cuts: [{ from, to }] })}
              >
                {isCut ? "Heal" : "Cut"}
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
});
