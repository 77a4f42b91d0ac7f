/** What a side-by-side run is doing, in words. Pure. */

import { listed } from "../../crdt/base/listed.ts";
import type { Phase, RunState } from "./pair-run.ts";

export const STEPS: readonly { readonly title: string; readonly phases: readonly Phase[] }[] = [
  { title: "Write together", phases: ["opening", "together", "whole"] },
  { title: "Cut, and write apart", phases: ["cutting", "apart"] },
  { title: "Heal", phases: ["healing"] },
  { title: "What was kept", phases: ["done"] },
];

/** Where the run is, and what the reader can do. `titles`: of the two notes' strategies. */
export function progressText({ phase, isTyping, sides, agreedAfterMs, failure }: RunState, titles: readonly string[]): string {
  switch (phase) {
    case "opening":
      return "Two bots connect to each note.";
    case "together":
      return "Ana writes, and Bo when he has read it: the same keys in both notes.";
    case "whole":
      return "Both notes are saved, and each is one text. Cut the network now.";
    case "cutting":
      return "The links between the two sides are being cut.";
    case "apart": {
      const cut = sides === null ? "" : `${listed(sides.majority)} cannot reach ${listed(sides.minority)}. `;
      return `${cut}${isTyping ? "Both bots write at once, at the same place, in both notes." : "Both have written: look at the two notes, then heal."}`;
    }
    case "healing": {
      const waiting = titles.filter((_, n) => agreedAfterMs[n] === null);
      return `The cut is healed. ${listed(waiting)} ${waiting.length === 1 ? "is" : "are"} not one saved text yet.`;
    }
    case "done":
      return "Both notes are one text again.";
    case "failed":
      return `It cannot go on: ${failure ?? "for an unknown reason"}.`;
  }
}
