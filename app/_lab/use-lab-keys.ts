import { useEffect, useRef } from "react";
import { focusRegion } from "../_ui/regions.ts";

/** What single keys do outside of text; the help lists them in this order. */
export const LAB_KEYS = [
  { key: " ", keys: "Space", does: "Run, or pause", act: "toggle" },
  { key: ".", keys: ".", does: "Deliver the chosen message, or the next", act: "deliver" },
  { key: ">", keys: "Shift .", does: "Deliver every message", act: "deliver-all" },
  { key: "x", keys: "X", does: "Drop the chosen message, or the next", act: "drop" },
  { key: "d", keys: "D", does: "Duplicate the chosen message, or the next", act: "duplicate" },
  { key: "l", keys: "L", does: "Let the chosen message, or the next, arrive 1 s later", act: "delay" },
  { key: "n", keys: "N", does: "Hold every message, or let them go", act: "hold" },
  { key: "p", keys: "P", does: "Partition: who reaches the node", act: "partition" },
  { key: "h", keys: "H", does: "Heal every link", act: "heal" },
  { key: "[", keys: "[", does: "Previous event", act: "back" },
  { key: "]", keys: "]", does: "Next event; in the present, one step", act: "forward" },
  { key: "f", keys: "F", does: "Fork here", act: "fork" },
  { key: "c", keys: "C", does: "Give the moment in view a name", act: "checkpoint" },
  { key: "i", keys: "I", does: "Show or hide what is inside of the replicas", act: "lens" },
  { key: "?", keys: "?", does: "Show this list", act: "help" },
] as const;

export type LabAct = (typeof LAB_KEYS)[number]["act"] | `focus-${number}`;

/** Listens for single keys, and for 1 to 6. */
export function useLabKeys(onAct: (act: LabAct) => void): void {
  const latest = useRef(onAct);
  useEffect(() => {
    latest.current = onAct;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isElsewhere(event)) return;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isText(event.target)) return;
      // A button that has the focus is pressed by it.
      if (event.key === " " && event.target instanceof Element && event.target.closest("button, a, summary") !== null) return;
      if (document.querySelector("dialog[open]") !== null) return;
      const act = /^[1-6]$/.test(event.key)
        ? (`focus-${Number(event.key) - 1}` as const)
        : LAB_KEYS.find(({ key }) => key === event.key.toLowerCase())?.act;
      if (act === undefined) return;
      event.preventDefault();
      latest.current(act);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

/** The keys that work in text as well: the next region, and where everybody is. Returns whether it was one of them. */
function isElsewhere(event: KeyboardEvent): boolean {
  const isWhere = event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyW";
  if ((event.key !== "F6" && !isWhere) || document.querySelector("dialog[open]") !== null) return false;
  event.preventDefault();
  if (isWhere) document.getElementById("lab-agreement")?.focus();
  else focusRegion(event.shiftKey ? -1 : 1);
  return true;
}

function isText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
