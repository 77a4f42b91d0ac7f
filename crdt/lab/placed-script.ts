/** Scripts whose positions are meant in texts that were recorded with them, and such scripts brought to places of their own. Pure. */

import type { Run } from "./replay.ts";
import type { Script } from "./script.ts";

/** `script` with the text that each action was recorded in, so that a part of it keeps them. */
export function withViews(script: Script, views: ReadonlyMap<number, string>): Script {
  return {
    ...script,
    actions: script.actions.map((timed, n) => {
      const view = views.get(n);
      return view === undefined ? timed : { ...timed, view };
    }),
  };
}

/** The views that a script carries, by number of the action. */
export function viewsIn({ actions }: Script): ReadonlyMap<number, string> {
  return new Map(actions.flatMap(({ view }, n) => (view === undefined ? [] : [[n, view] as const])));
}

/**
 * A script that stands alone: each edit where `run`, a run of it, put it, and no views any more. Keys of a text become edits
 * of their own.
 */
export function placedScript(script: Script, run: Run): Script {
  const places = new Map(run.requests.map(({ step, pos, len }) => [step, { pos, len }]));
  return {
    ...script,
    actions: script.actions.map(({ atMs, action }, n) => {
      if (action.do !== "edit" && action.do !== "key") return { atMs, action };
      const { pos, len } = places.get(n) ?? { pos: action.pos, len: action.do === "edit" ? action.len : 0 };
      const wallMs = action.do === "edit" ? action.wallMs : null;
      return { atMs, action: { do: "edit", by: action.by, pos, len, text: action.text, wallMs } };
    }),
  };
}
