"use client";

import { memo, useRef } from "react";
import { CHECKPOINT_NAME_MAX } from "./checkpoints.ts";
import styles from "./checkpoint-list.module.css";
import type { LabFrame } from "./lab-messages.ts";
import { timeText } from "./lab-words.ts";
import { useLab } from "./use-lab.ts";

export const CHECKPOINT_INPUT = "checkpoint-name";

/** Moments with a name: to go back to, and to go on from. */
export const CheckpointList = memo(function CheckpointList({ frame }: { readonly frame: LabFrame }) {
  const run = useLab();
  const input = useRef<HTMLInputElement>(null);
  const { checkpoints, past } = frame;
  return (
    <section className={styles.checkpoints} aria-label="Checkpoints">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          const name = input.current?.value.trim() ?? "";
          if (name === "" || input.current === null) return;
          run.checkpoint(name);
          input.current.value = "";
        }}
      >
        <label htmlFor={CHECKPOINT_INPUT}>Name {past === null ? "this moment" : "the moment in view"}</label>
        <input
          ref={input}
          id={CHECKPOINT_INPUT}
          className={styles.name}
          maxLength={CHECKPOINT_NAME_MAX}
          autoComplete="off"
          placeholder="before the heal"
          title="C"
          data-testid="checkpoint-name"
        />
        <button type="submit" data-testid="checkpoint-add">
          Keep
        </button>
      </form>
      {checkpoints.length > 0 && (
        <ul className={styles.list} data-testid="checkpoints">
          {checkpoints.map(({ name, n, atMs }) => (
            <li key={name}>
              <button type="button" aria-pressed={past?.n === n} data-testid="checkpoint-go" onClick={() => run.seek(n)}>
                {name} <span className={styles.time}>{timeText(atMs)}</span>
              </button>
              <button type="button" aria-label={`Fork from ${name}`} data-testid="checkpoint-fork" onClick={() => run.fork(atMs)}>
                Fork
              </button>
              <button type="button" aria-label={`Forget ${name}`} onClick={() => run.forget(name)}>
                <span aria-hidden="true">✕</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
});
