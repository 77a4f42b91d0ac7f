/** Checks of the bare text: Markdown that a merge broke, and halves of characters. They need no trace. */

import type { Anomaly, Intent } from "./anomaly.ts";
import { NODE_HOLDER, type Run, type RunEdit } from "./replay.ts";
import type { Script } from "./script.ts";
import { applySplices } from "../base/splice.ts";

/** Something in a line that Markdown shows as bare signs. */
interface Fault {
  readonly what: string;
  readonly index: number;
  readonly length: number;
}

/**
 * Broken Markdown: bold, struck or code signs without their partner, a box that is neither empty nor ticked, or a code block
 * without its end in the node's text, while no writer ever left a fault of that kind in their own.
 */
export function brokenMarkdown({ views, edits }: Run): Anomaly[] {
  const merged = views.findLast(({ holder }) => holder === NODE_HOLDER)?.text ?? "";
  const taken = edits.filter(({ refusal }) => refusal === null);
  const last = new Map(taken.map((edit) => [edit.by, edit]));
  const own = new Set([...last.values()].flatMap((edit) => faultsIn(textAfter(edit)).map(({ what }) => what)));
  const touched = new Map(taken.map((edit) => [edit.by, edit]));
  return faultsIn(merged)
    .filter(({ what }) => !own.has(what))
    .map(({ index, length }) => ({
      kind: "broken Markdown",
      text: merged.slice(index, index + length),
      intents: [...touched.values()].slice(0, 2).map(intentOf),
      shows: [{ holder: NODE_HOLDER, index, length }],
    }));
}

/** Torn surrogate: half a pair, or the sign that stands for one, which nobody typed. */
export function tornSurrogates({ views, edits }: Run, { startText }: Script): Anomaly[] {
  const torn = /\ufffd|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
  const typed = startText + edits.map(({ insert }) => insert).join("\n");
  if (torn.test(typed)) return [];
  const finals = new Map(views.map(({ holder, text }) => [holder, text]));
  return [...finals].flatMap(([holder, text]) =>
    [...text.matchAll(torn)].map((match) => ({
      kind: "torn surrogate" as const,
      text: match[0],
      intents: edits
        .filter(({ refusal }) => refusal === null)
        .slice(-2)
        .map(intentOf),
      shows: [{ holder, index: match.index, length: 1 }],
    })),
  );
}

function textAfter({ before, index, remove, insert }: RunEdit): string {
  return applySplices(before, [{ index, remove, insert }]);
}

function intentOf({ by, step, insertId, insert, before, index, remove }: RunEdit): Intent {
  return {
    by,
    insertIds: insertId === "" ? [] : [insertId],
    steps: [step, step],
    inserted: insert,
    removed: before.slice(index, index + remove),
  };
}

function faultsIn(text: string): Fault[] {
  const out: Fault[] = [];
  let at = 0;
  let fence: Fault | null = null;
  for (const line of text.split("\n")) {
    const whole = { index: at, length: line.length };
    if (/^\s*```/.test(line)) fence = fence === null ? { what: "code block", ...whole } : null;
    else if (fence === null) {
      if (/^\s*[-*] \[(?![ xX]\])[ xX]*\]/.test(line)) out.push({ what: "box", ...whole });
      for (const sign of ["**", "~~", "`"]) if (hasLoneSign(line, sign)) out.push({ what: sign, ...whole });
    }
    at += line.length + 1;
  }
  return fence === null ? out : [...out, fence];
}

/** Whether a sign of the line has no partner: an opening one has a letter on its right, a closing one on its left. */
function hasLoneSign(line: string, sign: string): boolean {
  let isOpen = false;
  for (let at = line.indexOf(sign); at >= 0; at = line.indexOf(sign, at + sign.length)) {
    const [left, right] = [line[at - 1] ?? " ", line[at + sign.length] ?? " "];
    if (isOpen && left.trim() !== "") isOpen = false;
    else if (!isOpen && right.trim() !== "") isOpen = true;
    else return true;
  }
  return isOpen;
}
