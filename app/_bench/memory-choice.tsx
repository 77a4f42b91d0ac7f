"use client";

import { useEffect, useState } from "react";
import styles from "./bench.module.css";
import { whyUnmeasurable } from "./memory.ts";

interface Props {
  readonly isWeighing: boolean;
  readonly onChange: (isWeighing: boolean) => void;
}

/** Whether memory is measured too; where this browser does not measure it, that, and why. */
export function MemoryChoice({ isWeighing, onChange }: Props) {
  const [reason, setReason] = useState<string | null | undefined>(undefined);
  useEffect(() => {
    let isCurrent = true;
    void whyUnmeasurable().then((found) => isCurrent && setReason(found));
    return () => {
      isCurrent = false;
    };
  }, []);
  if (reason === undefined) return <p className={styles.muted}>Asking this browser about memory …</p>;
  if (reason !== null) {
    return (
      <p className={styles.muted} data-testid="bench-memory">
        Memory: not measurable in this browser, since {reason}
      </p>
    );
  }
  return (
    <label className={styles.check} data-testid="bench-memory">
      <input type="checkbox" checked={isWeighing} onChange={() => onChange(!isWeighing)} />
      Memory too (up to 40 s for each row)
    </label>
  );
}
