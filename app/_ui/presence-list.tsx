"use client";

import { useControl } from "../_client/use-control.ts";
import { linkWord } from "../_network/link-state.ts";
import { ReplicaGlyph } from "../_network/replica-glyph.tsx";
import styles from "./presence-list.module.css";

/** How many glyphs stand in the bar before the rest becomes a number. */
const SHOWN_MAX = 6;

/** Who is here: one glyph for each replica of this note, this tab first. */
export function PresenceList() {
  const { replicas, self } = useControl();
  const here = replicas.filter(({ kind }) => kind !== "node").sort((a, b) => Number(b.replicaId === self) - Number(a.replicaId === self));
  const rest = here.length - SHOWN_MAX;
  return (
    <ul className={styles.list} aria-label="Replicas of this note" data-testid="presence-list">
      {here.slice(0, SHOWN_MAX).map((replica) => {
        const { replicaId, name, colour, kind } = replica;
        const text = `${name}${replicaId === self ? " (this tab)" : ""}: ${linkWord(replica)}`;
        return (
          <li key={replicaId} className={replicaId === self ? styles.self : styles.other} title={text}>
            <ReplicaGlyph name={name} colour={colour} kind={kind} />
            {replicaId === self ? <span className={styles.name}>{name}</span> : <span className={styles.spoken}>{text}</span>}
          </li>
        );
      })}
      {rest > 0 && <li className={styles.more}>+{rest}</li>}
    </ul>
  );
}
