"use client";

import dynamic from "next/dynamic";
import styles from "./lab.module.css";

// In the browser only: its world lives in a worker.
const Lab = dynamic(() => import("./lab.tsx").then(({ Lab: component }) => component), { ssr: false, loading: () => <Opening /> });

function Opening() {
  return (
    <main className={styles.opening}>
      <p role="status">Opening the laboratory …</p>
    </main>
  );
}

/** Loads the laboratory in the browser. */
export function LabClient() {
  return <Lab />;
}
