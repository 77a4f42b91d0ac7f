"use client";

import { useEffect, useRef, useState } from "react";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { useStatus } from "../_client/use-note.ts";
import styles from "./network-panel.module.css";
import { BOT_KEYS_PER_S, BOT_MS, startTypingBot, type TypingBot } from "./typing-bot.ts";

export interface BotControlsProps {
  readonly note: NoteSession;
  /** Types at the end of the note, as this tab. */
  readonly onType: (text: string) => void;
}

/** A bot that types as this tab, and how much of what it typed the server has on its disk. */
export function BotControls({ note, onType }: BotControlsProps) {
  const { unsaved } = useStatus(note.session);
  const bot = useRef<TypingBot>(null);
  const [{ keys, isRunning }, setProgress] = useState({ keys: 0, isRunning: false });
  useEffect(
    () => () => {
      bot.current?.stop();
      bot.current = null;
    },
    [],
  );
  const start = (): void => {
    onType("\n");
    bot.current = startTypingBot(onType, (count, goesOn) => setProgress({ keys: count, isRunning: goesOn }));
  };
  return (
    <div className={styles.bucket} data-testid="bot">
      <button type="button" aria-pressed={isRunning} onClick={() => (isRunning ? bot.current?.stop() : start())}>
        {isRunning ? "Stop the bot" : `Let a bot type (${BOT_KEYS_PER_S} keys/s, ${BOT_MS / 1_000} s)`}
      </button>
      {keys > 0 && (
        <span data-testid="bot-progress">
          {keys.toLocaleString("en")} keys typed, {unsaved === 0 ? "all saved" : `${unsaved.toLocaleString("en")} edits not saved yet`}
        </span>
      )}
    </div>
  );
}
