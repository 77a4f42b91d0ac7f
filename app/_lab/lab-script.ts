/** Makes a run of a source, in the worker: what is played, and what the page is told of it. */

import { DecodeError } from "../../crdt/base/errors.ts";
import { forkLive } from "../../crdt/lab/fork-live.ts";
import { ScenarioError } from "../../crdt/lab/json-shape.ts";
import { parseOne } from "../../crdt/lab/load.ts";
import { recordFromJson, REPLICAS_MAX, REPLICAS_MIN, type SandboxRecord } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { lackOf, runScenario } from "../../crdt/lab/scenario-run.ts";
import { packFragment, unpackFragment } from "../../crdt/lab/share.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { isStrategyName } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { LabSource, SourceView } from "./lab-source.ts";

const WORDS_LENGTH_MAX = 400;
/** One way: what passes in no time cannot be touched. */
const FREE_LATENCY_MS = 300;

export interface LabScript {
  readonly record: SandboxRecord;
  readonly view: Omit<SourceView, "state" | "untilMs" | "hash">;
}

/** @throws RangeError, ScenarioError or DecodeError, with a message for the reader, where there is nothing to run. */
export async function scriptOf(source: LabSource, onProgress: (share: number) => void): Promise<LabScript> {
  switch (source.kind) {
    case "scenario": {
      const { findEntry } = await import("../../crdt/lab/catalogue.ts");
      const entry = findEntry(source.id);
      if (entry === undefined) throw new RangeError(`There is no scenario ${JSON.stringify(source.id.slice(0, 60))} in the catalogue`);
      const script = await entry.load();
      const lack = source.isFree ? lackOf(script) : null;
      return lack === null ? await ofScenario("scenario", script, source.strategy) : await freePlay(script, source.strategy, lack);
    }
    case "shared":
      return await ofShared(unpackFragment(source.fragment));
    case "live": {
      const { noteId, untilMs, ...rest } = source;
      const forked = await forkLive({ ...rest, ...(untilMs === null ? {} : { untilMs }) }, onProgress);
      if (forked === null) throw new RangeError("Nobody's edits of this note are on record: write something in it, and fork it then");
      const told = [`${forked.people.map((replica, n) => `${"ABCDEF".charAt(n)} is replica ${replica}`).join(", ")}.`, ...forked.told];
      const lesson =
        "The recorded edits in their authors' own views, under the network as it was. Go back to any moment, and fork from there.";
      return { record: forked.record, view: { kind: "live", title: `Fork of the live note ${noteId}`, lesson, told } };
    }
  }
}

/** A run in a fragment of a link; null: too long for one. */
export function fragmentOf(record: SandboxRecord, view: { readonly title: string; readonly lesson: string } | null): string | null {
  return packFragment({ v: 1, kind: "sandbox", ...(view === null ? {} : { title: view.title, lesson: view.lesson }), ...record });
}

export function isOfReader(error: unknown): error is Error {
  return error instanceof RangeError || error instanceof ScenarioError || error instanceof DecodeError;
}

async function ofScenario(kind: "scenario" | "shared", script: Script, strategy: StrategyName): Promise<LabScript> {
  const { record, told } = await runScenario(script, strategy);
  return { record, view: { kind, title: script.title, lesson: script.lesson, told } };
}

/** The scenario's text and people, and nothing done yet. */
async function freePlay(script: Script, strategy: StrategyName, lack: string): Promise<LabScript> {
  const replicas = Math.min(REPLICAS_MAX, Math.max(REPLICAS_MIN, script.replicas.length));
  const sandbox = await Sandbox.open({ strategy, seed: 1, replicas, startText: script.startText, latencyMs: FREE_LATENCY_MS });
  const record = sandbox.record();
  sandbox.close();
  const lesson = `Your turn: the text and the people of this scenario, with nothing done yet. Its own steps are not played here: ${lack}.`;
  return { record, view: { kind: "scenario", title: script.title, lesson, told: [] } };
}

async function ofShared(json: unknown): Promise<LabScript> {
  const { kind, title, lesson } = Object(json) as Readonly<Record<string, unknown>>;
  if (kind !== "sandbox") {
    const script = parseOne(json);
    const [only, ...others] = script.strategies;
    return await ofScenario("shared", script, only !== undefined && others.length === 0 && isStrategyName(only) ? only : "walker");
  }
  const words = (text: unknown, other: string): string => (typeof text === "string" ? text.slice(0, WORDS_LENGTH_MAX) : other);
  return {
    record: recordFromJson(JSON.stringify(json)),
    view: { kind: "shared", title: words(title, "A shared run"), lesson: words(lesson, "Somebody made this run and shared it."), told: [] },
  };
}
