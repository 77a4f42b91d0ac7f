"use client";

import { useMemo, useSyncExternalStore } from "react";
import { ControlContext, useControl } from "../_client/use-control.ts";
import { agreementOf, agreementSentence } from "../_convergence/agreement.ts";
import { lostRuns, wordsOf } from "../_ledger/lost-runs.ts";
import { ruleSentence } from "../_ledger/loss-text.ts";
import { CapCard } from "../_network/cap-card.tsx";
import { capOf } from "../_network/cap.ts";
import { withNodes } from "../_network/node-rows.ts";
import { STRATEGY_LINES } from "../_ui/strategy-lines.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import styles from "./beside.module.css";
import { BotCard } from "./bot-card.tsx";
import { APART, outcomeSentences, TOGETHER, wordsKept } from "./pair-plan.ts";
import type { RunState, Trial } from "./pair-run.ts";

export interface TrialColumnProps {
  readonly trial: Trial;
  /** Its number in the run. */
  readonly at: number;
  readonly state: RunState;
}

/** One of the two notes: what each side may do under its strategy, its bots, and at the end what it kept. */
export function TrialColumn(props: TrialColumnProps) {
  return (
    <ControlContext value={props.trial.bots[0].control}>
      <Column {...props} />
    </ControlContext>
  );
}

function Column({ trial, at, state }: TrialColumnProps) {
  const { strategy, noteId, bots } = trial;
  const { replicas, fabric, self, serverOffsetMs, heardAtMs } = useControl();
  const kind = strategy.traits.isOrdered ? "CP" : "AP";
  const agreement = useMemo(() => agreementOf(withNodes(replicas, fabric), strategy.compare), [replicas, fabric, strategy]);
  const title = `${kind}: ${STRATEGY_TITLES[strategy.name]}`;
  return (
    <section className={styles.column} aria-label={title} data-testid={`trial-${kind}`}>
      <header className={styles.columnHead}>
        <h2>{title}</h2>
        <a href={`/notes/${noteId}?node=${bots[0].node}`} target="_blank" rel="noopener">
          Open on {bots[0].node}
        </a>
        <a href={`/notes/${noteId}?node=${bots[1].node}`} target="_blank" rel="noopener">
          on {bots[1].node}
        </a>
      </header>
      <p className={styles.muted}>{STRATEGY_LINES[strategy.name]}</p>
      {fabric !== null && <CapCard cap={capOf({ fabric, replicas, traits: strategy.traits })} label={`What each side may do: ${kind}`} />}
      <div className={styles.bots}>
        {bots.map((bot) => (
          <BotCard key={bot.name} bot={bot} sides={state.sides} />
        ))}
      </div>
      <p className={styles.agreement} data-state={agreement.isWhole ? "ok" : "warn"}>
        {agreementSentence(agreement, { nowMs: heardAtMs + serverOffsetMs, self: null, agreedAfterMs: null })}.
      </p>
      {(state.phase === "healing" || state.phase === "done") && self !== null && <Outcome trial={trial} at={at} state={state} />}
    </section>
  );
}

function Outcome({ trial, at, state }: TrialColumnProps) {
  const { ledger } = useControl();
  const [first] = trial.bots;
  const { text } = useSyncExternalStore(first.subscribe, first.state, first.state);
  const losses = lostRuns((ledger?.losses ?? []).filter(({ loss }) => loss.field === "text"));
  const kept = trial.bots.map(({ name }, n) => ({ name, ...wordsKept(`${TOGETHER[n]!} ${APART[n]!}`, text) }));
  const sentences = outcomeSentences({
    atHeal: state.atHeal[at] ?? [],
    kept,
    // Of an orphan nothing is lost.
    lost: losses.filter(({ entries }) => entries[0]!.loss.rule !== "orphaned").length,
    agreedAfterMs: state.agreedAfterMs[at] ?? null,
  });
  return (
    <div className={styles.outcome} data-testid="outcome">
      <h3>What was kept</h3>
      <ul>
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <dl className={styles.facts}>
        {kept.map(({ name, kept: stand, total }) => (
          <div key={name}>
            <dt>Words of {name}</dt>
            <dd>
              {stand} of {total}
            </dd>
          </div>
        ))}
        {ledger !== null && (
          <div>
            <dt>Characters, by the ledger</dt>
            <dd>
              {ledger.kept} of {ledger.typed}
            </dd>
          </div>
        )}
      </dl>
      {losses.length > 0 && (
        <ul className={styles.losses} aria-label="The ledger">
          {losses.map((run) => (
            <li key={run.entries[0]!.loss.id}>
              {wordsOf(run) !== "" && (run.entries[0]!.loss.rule === "orphaned" ? <q>{wordsOf(run)}</q> : <del>{wordsOf(run)}</del>)}{" "}
              {ruleSentence(run.entries.at(-1)!)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
