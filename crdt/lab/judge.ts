/** Compares what came out of a scenario with what it expects. */

import type { Played } from "./played.ts";
import type { Expectation, NodeName, ReplicaName, Script } from "./script.ts";

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

/** Whether `name` is an engine that speaks for strategies of ours, or an oracle of theirs. */
export function isKnownEngine(name: string): boolean {
  return Object.hasOwn(ENGINES, name);
}

export interface Verdict {
  /** The texts that were expected, each once. */
  readonly texts: readonly string[];
  /** null: nothing was expected of this strategy. */
  readonly isMatch: boolean | null;
  /** What was expected and nobody looked for; left out: nothing. */
  readonly unchecked?: readonly "anomalies"[];
}

/** Everything that `script` expects of `strategy`, under its own name or an engine's; or of an engine that holds metadata. */
export function expectationsOf({ expected }: Script, strategy: string): Expectation[] {
  const names = [strategy, ...Object.keys(ENGINES).filter((engine) => engine !== strategy && ENGINES[engine]!.includes(strategy))];
  return names.flatMap((name) => expected.get(name) ?? []);
}

/** A strategy matches when it does all that is expected of it. `anomalies`: what was found, where somebody looked. */
export function judge(script: Script, played: Played, anomalies?: readonly string[]): Verdict {
  const expectations = expectationsOf(script, played.engine ?? played.strategy);
  const texts = [...new Set(expectations.flatMap(({ text }) => text ?? []))];
  const isUnchecked = anomalies === undefined && expectations.some((expectation) => expectation.anomalies !== undefined);
  return {
    texts,
    isMatch: expectations.length === 0 ? null : expectations.every((expectation) => fulfils(played, expectation, anomalies)),
    ...(isUnchecked ? { unchecked: ["anomalies"] as const } : {}),
  };
}

/** The text is that of everybody who was in the last sync: others cannot have it. */
function fulfils(played: Played, expectation: Expectation, anomalies: readonly string[] | undefined): boolean {
  const { text, texts, converged, lost, hash, drafts, refused, paused, skipped, rests, messages, meta, metas } = expectation;
  const isText = (name: ReplicaName | NodeName, wanted: string): boolean =>
    isSameText(played.nodeTexts[name] ?? played.texts[name as ReplicaName] ?? "", wanted);
  const isMeta = (name: ReplicaName | "S1", wanted: Readonly<Record<string, unknown>>): boolean => {
    const shown: Readonly<Record<string, unknown>> = { ...played.fields[name] };
    return Object.entries(wanted).every(([field, value]) => JSON.stringify(shown[field]) === JSON.stringify(value));
  };
  return (
    (text === undefined || played.lastSynced.every((name) => isText(name, text))) &&
    (texts === undefined || entriesOf(texts).every(([name, wanted]) => isText(name, wanted))) &&
    (converged === undefined || played.isConverged === converged) &&
    (lost === undefined || played.lost === lost) &&
    (hash === undefined || played.hash === hash) &&
    (drafts === undefined || entriesOf(drafts).every(([name, wanted]) => played.drafts[name] === wanted)) &&
    (refused === undefined || played.refusals.length === refused) &&
    (paused === undefined || paused.toSorted().join() === played.paused.toSorted().join()) &&
    (skipped === undefined || played.skipped.length === skipped) &&
    (rests === undefined || played.isAtRest === rests) &&
    (messages === undefined || played.messages === messages) &&
    (meta === undefined || [...played.lastSynced, "S1" as const].every((name) => isMeta(name, meta))) &&
    (metas === undefined || entriesOf(metas).every(([name, wanted]) => isMeta(name, wanted))) &&
    (expectation.anomalies === undefined ||
      anomalies === undefined ||
      expectation.anomalies.toSorted().join() === anomalies.toSorted().join())
  );
}

function entriesOf<K extends string, V>(record: Readonly<Partial<Record<K, V>>>): [K, V][] {
  return Object.entries(record) as [K, V][];
}

/** Line breaks inside of an open question are written as `⏎` in scenarios. */
function isSameText(text: string, expected: string): boolean {
  return text === expected || text === expected.replaceAll("⏎", "\n");
}
