"use client";

import { useSyncExternalStore } from "react";
import { useControl } from "../_client/use-control.ts";
import { ReplicaGlyph } from "../_network/replica-glyph.tsx";
import { statusText } from "../_ui/status-text.ts";
import styles from "./beside.module.css";
import type { Bot } from "./bot.ts";
import type { Sides } from "./pair-plan.ts";

/** One bot: where it sits, its own copy of the note, and whether what it wrote is safe. */
export function BotCard({ bot, sides }: { readonly bot: Bot; readonly sides: Sides | null }) {
  const { text, status, taken, waiting, refusals, refusal } = useSyncExternalStore(bot.subscribe, bot.state, bot.state);
  const { replicas } = useControl();
  const row = replicas.find(({ replicaId }) => replicaId === bot.note.replicaId);
  const chip = statusText(status);
  const side = sides === null ? null : sides.majority.includes(bot.node) ? "majority" : "minority";
  return (
    <article className={styles.bot} aria-label={`${bot.name}, on ${bot.node}`} data-testid={`bot-${bot.name}`}>
      <header className={styles.botHead}>
        <ReplicaGlyph name={bot.name} colour={row?.colour ?? 7} kind="tab" />
        <strong>{bot.name}</strong>
        <span className={styles.muted}>
          bot on {bot.node}
          {side !== null && `, ${side}`}
        </span>
        <span className={styles.chip} data-state={chip.state} data-testid="bot-status">
          {chip.text}
        </span>
      </header>
      <pre className={styles.text} data-testid="bot-text">
        {text === "" ? <span className={styles.muted}>(nothing yet)</span> : text}
      </pre>
      <p className={styles.muted}>
        {taken} {taken === 1 ? "key" : "keys"} taken
        {waiting > 0 && `, ${waiting} not taken`}
      </p>
      {(status.pause !== null || (waiting > 0 && refusal !== null)) && (
        <p className={styles.refused} data-testid="bot-refused">
          <strong>Refused:</strong> {status.pause ?? refusal}
          {refusals > 0 && ` (asked ${refusals} ${refusals === 1 ? "time" : "times"})`}
        </p>
      )}
    </article>
  );
}
