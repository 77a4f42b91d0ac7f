"use client";

import { useRef } from "react";
import { useControl } from "../_client/use-control.ts";
import { ms } from "../_network/link-state.ts";
import { linkWord } from "../_network/link-word.ts";
import { withNodes } from "../_network/node-rows.ts";
import { glyphLetter, ReplicaGlyph } from "../_network/replica-glyph.tsx";
import type { Strategy } from "../../crdt/strategy/strategy.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { cellOf } from "./agreement.ts";
import { cellText } from "./cell-text.ts";
import { HealTimes } from "./heal-times.tsx";
import styles from "./replicas-panel.module.css";
import { useNoteStrategy } from "./use-agreement.ts";
import { useHiddenWidth } from "./use-hidden-width.ts";

/** The replicas drawer: how each replica stands to each other one, and what each says of itself. */
export function ReplicasPanel() {
  const { replicas: heard, fabric, self } = useControl();
  const replicas = withNodes(heard, fabric);
  const strategy = useNoteStrategy(heard);
  return (
    <section className={styles.panel} aria-label="Replicas" data-testid="drawer-replicas">
      {replicas.length === 0 || strategy === null ? (
        <p className={styles.note}>No replica has reported yet.</p>
      ) : (
        <>
          <Matrix replicas={replicas} compare={strategy.compare} />
          <HealTimes />
          <ul className={styles.list}>
            {replicas.map((replica) => (
              <Report key={replica.replicaId} replica={replica} isSelf={replica.replicaId === self} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Matrix({ replicas, compare }: { readonly replicas: readonly ReplicaStatus[]; readonly compare: Strategy["compare"] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const goesOn = useHiddenWidth(scroller);
  return (
    <>
      {/* Focusable, since it scrolls sideways when there are many replicas. */}
      <div ref={scroller} className={styles.scroll} tabIndex={0} role="region" aria-label="Convergence matrix">
        <table className={styles.matrix} data-testid="convergence-matrix">
          <caption>Who holds what</caption>
          <thead>
            <tr>
              <td />
              {replicas.map(({ replicaId, kind, name, colour }) => (
                <th key={replicaId} scope="col">
                  {kind === "node" ? (
                    name
                  ) : (
                    <>
                      <ReplicaGlyph name={name} colour={colour} kind={kind} />
                      <span className={styles.hidden}>{name}</span>
                    </>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {replicas.map((row) => (
              <tr key={row.replicaId}>
                <th scope="row">
                  {row.kind === "node" ? "" : `${glyphLetter(row.name)} `}
                  {row.name}
                </th>
                {replicas.map((column) => {
                  if (row === column) return <td key={column.replicaId} className={styles.self} aria-label="itself" />;
                  const cell = cellOf(row, column, compare);
                  return (
                    <td key={column.replicaId} className={styles[cell.kind]} data-cell={cell.kind}>
                      {cellText(cell)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={styles.note}>
        Read a row: how that replica stands to the one above the column. Numbers count edits.
        {goesOn && " The table goes on to the right: scroll it sideways."}
      </p>
    </>
  );
}

function Report({ replica, isSelf }: { readonly replica: ReplicaStatus; readonly isSelf: boolean }) {
  const { replicaId, kind, name, colour, digest, roundTripMs } = replica;
  return (
    <li className={styles.report} data-testid="replica-report" data-replica={replicaId}>
      <div className={styles.title}>
        <ReplicaGlyph name={name} colour={colour} kind={kind} />
        <strong>{replica.name}</strong>
        {isSelf && <span className={styles.note}>this tab</span>}
        <span className={styles.word}>{linkWord(replica)}</span>
      </div>
      {digest === null ? (
        <p className={styles.note}>{kind === "stock" ? "Not reported: a stock client cannot." : "Not reported yet."}</p>
      ) : (
        <dl className={styles.facts}>
          <Fact term="content" value={digest.contentHash.slice(0, 6)} isMono />
          <Fact term="structure" value={digest.structureHash.slice(0, 6)} isMono />
          <Fact term="length" value={`${digest.length.toLocaleString("en")} characters`} />
          <Fact term="unacknowledged" value={`${digest.unacknowledged} edits`} />
          <Fact term="buffered" value={`${digest.buffered} updates`} />
          {kind !== "node" && <Fact term="round trip" value={roundTripMs === null ? "not yet measured" : ms(roundTripMs)} />}
        </dl>
      )}
    </li>
  );
}

function Fact({ term, value, isMono = false }: { readonly term: string; readonly value: string; readonly isMono?: boolean }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd className={isMono ? styles.mono : undefined}>{value}</dd>
    </div>
  );
}
