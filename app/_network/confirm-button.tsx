"use client";

import { useEffect, useRef, useState } from "react";
import styles from "./fabric.module.css";

export interface ConfirmButtonProps {
  readonly label: string;
  /** What will come of it, and the question; read out when it is asked. */
  readonly question: string;
  /** Of the button that does it. */
  readonly confirm: string;
  readonly onConfirm: () => void;
}

/** A button that asks once more. Escape, or the other answer, leaves all as it is; the focus comes back to where it was. */
export function ConfirmButton({ label, question, confirm, onConfirm }: ConfirmButtonProps) {
  const [isAsking, setAsking] = useState(false);
  const first = useRef<HTMLButtonElement>(null);
  const yes = useRef<HTMLButtonElement>(null);
  const hasAsked = useRef(false);
  useEffect(() => {
    if (isAsking) yes.current?.focus();
    else if (hasAsked.current) first.current?.focus();
    hasAsked.current = isAsking;
  }, [isAsking]);
  if (!isAsking)
    return (
      <button type="button" ref={first} onClick={() => setAsking(true)}>
        {label}
      </button>
    );
  return (
    <div
      role="group"
      aria-label={question}
      className={styles.confirm}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        setAsking(false);
      }}
    >
      <span aria-hidden="true">{question}</span>
      <button
        type="button"
        ref={yes}
        onClick={() => {
          setAsking(false);
          onConfirm();
        }}
      >
        {confirm}
      </button>
      <button type="button" onClick={() => setAsking(false)}>
        Leave it
      </button>
    </div>
  );
}
