"use client";

import { useMemo, useState } from "react";
import styles from "./compare.module.css";
import { CompareRun } from "./compare-run.tsx";
import { scriptOfTwo } from "./script.ts";

const EXAMPLE = { start: "Milk\nEggs\nBread", textOfA: "Milk 2L\nEggs\nBread", textOfB: "Milk\nEggs\nRye Bread" };

/** Two texts, made from one start while both writers were cut off, through every strategy. */
export function CompareTyped() {
  const [typed, setTyped] = useState(EXAMPLE);
  const script = useMemo(() => scriptOfTwo(typed.start, typed.textOfA, typed.textOfB), [typed]);
  const field = (key: keyof typeof EXAMPLE, label: string) => (
    <label className={styles.input}>
      <span>{label}</span>
      <textarea
        rows={5}
        value={typed[key]}
        spellCheck={false}
        data-testid={`compare-${key}`}
        onChange={({ target }) => setTyped((before) => ({ ...before, [key]: target.value }))}
      />
    </label>
  );
  return (
    <>
      <p className={styles.lead}>
        A and B hold the same text. Their links are cut, A makes the first change, B a second later makes the other, and the links heal.
      </p>
      <div className={styles.inputs}>
        {field("start", "Both start from")}
        {field("textOfA", "A makes it")}
        {field("textOfB", "B makes it")}
      </div>
      <CompareRun script={script} />
    </>
  );
}
