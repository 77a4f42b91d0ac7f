"use client";

import { useState } from "react";
import { useLab } from "./use-lab.ts";

/** Takes this run to the compare page: the same gestures through every strategy. */
export function CompareLink() {
  const run = useLab();
  const [said, setSaid] = useState("");
  const go = async (): Promise<void> => {
    const fragment = await run.ask("fragment");
    if (fragment === null) setSaid("This run is too long to be compared: fork an earlier moment of it, and compare that.");
    else window.location.assign(`/compare#s=${fragment}`);
  };
  return (
    <>
      <button type="button" data-testid="lab-compare" onClick={() => void go()}>
        Compare run
      </button>
      {said !== "" && <span role="status">{said}</span>}
    </>
  );
}
