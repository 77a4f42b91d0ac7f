"use client";

import { useEffect, useRef } from "react";
import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { LabWhy } from "./lab-messages.ts";
import { laneName } from "./lab-words.ts";
import styles from "./why-card.module.css";

export interface WhyCardProps {
  readonly answer: LabWhy;
  readonly options: SandboxOptions;
  readonly onClose: () => void;
  /** Shows the moment after an event. */
  readonly onSeek: (n: number) => void;
  /** Lights an event up in the diagram and in the list. */
  readonly onShow: (n: number) => void;
  readonly onTree: (id: string) => void;
}

/** Why one character is where it is: its biography in sentences, and ways to where each can be seen. */
export function WhyCard({ answer, options, onClose, onSeek, onShow, onTree }: WhyCardProps) {
  const card = useRef<HTMLElement>(null);
  const { why, replica } = answer;
  useEffect(() => {
    card.current?.focus();
  }, [answer]);
  const close = (): void => {
    onClose();
    document.querySelector<HTMLElement>(`#card-${replica} .cm-content`)?.focus();
  };
  const event = why?.event ?? null;
  return (
    <section
      ref={card}
      tabIndex={-1}
      className={styles.card}
      aria-labelledby="why-title"
      data-testid="why-card"
      onKeyDown={(key) => {
        if (key.key === "Escape") close();
      }}
    >
      <header className={styles.head}>
        <h2 id="why-title">Why is this here?</h2>
        <span className={styles.where}>
          {why === null || why.char === "" ? "" : <code className={styles.char}>{why.char === "\n" ? "⏎" : why.char}</code>} as{" "}
          {laneName(replica, options)} has it now
        </span>
        <button type="button" onClick={close} data-testid="why-close">
          Close
        </button>
      </header>
      {why === null ? (
        <p className={styles.note}>There is no character here.</p>
      ) : (
        <>
          <ul className={styles.sentences} data-testid="why-sentences">
            {why.sentences.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
          <div className={styles.buttons}>
            <button type="button" disabled={event === null} data-testid="why-seek" onClick={() => event !== null && onSeek(event)}>
              Jump to that instant
            </button>
            <button type="button" disabled={event === null} data-testid="why-show" onClick={() => event !== null && onShow(event)}>
              Show operation
            </button>
            <button type="button" disabled={why.id === null} data-testid="why-tree" onClick={() => why.id !== null && onTree(why.id)}>
              Show in the tree
            </button>
          </div>
        </>
      )}
    </section>
  );
}
