/** Compares what came out of a scenario with what it expects. */

import type { Played } from "./player.ts";
import type { Expectation, Script } from "./script.ts";

/**
 * Engines that scenarios name, and our strategies that they speak for: those that implement the same rule, and those
 * that keep to the same order of characters. Strategies that are not there yet are passed over.
 */
const ENGINES: Readonly<Record<string, readonly string[]>> = {
  "LWW-doc": ["lww-note"],
  "LWW-line": ["lww-line"],
  "CAS-index": ["cas-index"],
  "CAS-diff3": ["cas-diff3"],
  "OT(CM)": ["ot"],
  RGA: ["rga"],
  Automerge: ["rga"],
  Yjs: ["yjs"],
  Fugue: ["fugue"],
  Loro: ["fugue"],
  FugueMax: ["fuguemax", "walker"],
};

export interface Verdict {
  /** The texts that were expected, each once. */
  readonly texts: readonly string[];
  /** null: nothing was expected of this strategy. */
  readonly isMatch: boolean | null;
}

/** Everything that `script` expects of `strategy`, under its own name or an engine's. */
export function expectationsOf({ expected }: Script, strategy: string): Expectation[] {
  const names = [strategy, ...Object.keys(ENGINES).filter((engine) => engine !== strategy && ENGINES[engine]!.includes(strategy))];
  return names.flatMap((name) => expected.get(name) ?? []);
}

/** A strategy matches when it does all that is expected of it. */
export function judge(script: Script, played: Played): Verdict {
  const expectations = expectationsOf(script, played.strategy);
  const texts = [...new Set(expectations.flatMap(({ text }) => text ?? []))];
  return { texts, isMatch: expectations.length === 0 ? null : expectations.every((expectation) => fulfils(played, expectation)) };
}

/** The text is that of everybody who was in the last sync: others cannot have it. */
function fulfils(played: Played, { text, converged, lost, hash }: Expectation): boolean {
  return (
    (text === undefined || played.lastSynced.every((name) => isSameText(played.texts[name] ?? "", text))) &&
    (converged === undefined || played.isConverged === converged) &&
    (lost === undefined || played.lost === lost) &&
    (hash === undefined || played.hash === hash)
  );
}

/** Line breaks inside of an open question are written as `⏎` in scenarios. */
function isSameText(text: string, expected: string): boolean {
  return text === expected || text === expected.replaceAll("⏎", "\n");
}
