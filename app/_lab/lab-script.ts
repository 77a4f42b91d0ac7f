/** Makes a run of a source, in the worker: what is played, and what the page is told of it. */

import { DecodeError } from "../../crdt/base/errors.ts";
import { forkLive } from "../../crdt/lab/fork-live.ts";
import { ScenarioError } from "../../crdt/lab/json-shape.ts";
import { parseOne } from "../../crdt/lab/load.ts";
import { recordFromJson, type SandboxRecord } from "../../crdt/lab/sandbox-record.ts";
import { runScenario } from "../../crdt/lab/scenario-run.ts";
import { packFragment, unpackFragment } from "../../crdt/lab/share.ts";
import type { Driven } from "../../crdt/lab/drive.ts";
import { guardOf } from "../../crdt/lab/guards.ts";
import { REPLICA_NAMES, type Script } from "../../crdt/lab/script.ts";
import { type Subject, subjectsOf } from "../../crdt/lab/subjects.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import type { GuardChoice, LabSource, SourceView } from "./lab-source.ts";
import { listText } from "./lab-words.ts";

const WORDS_LENGTH_MAX = 400;

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
      return await ofCatalogue(await entry.load(), source);
    }
    case "shared":
      return await ofShared(unpackFragment(source.fragment));
    case "live": {
      const { noteId, untilMs, names, ...rest } = source;
      const forked = await forkLive({ ...rest, ...(untilMs === null ? {} : { untilMs }) }, onProgress);
      if (forked === null) throw new RangeError("Nobody's edits of this note are on record: write something in it, and fork it then");
      const nameOf = (replica: string): string => (names[replica] === undefined ? `replica ${replica}` : `${names[replica]} (${replica})`);
      const told = [`${forked.people.map((replica, n) => `${"ABCDEF".charAt(n)} is ${nameOf(replica)}`).join(", ")}.`, ...forked.told];
      const lesson =
        "The recorded edits in their authors' own views, under the network as it was. Go back to any moment, and fork from there.";
      return { record: forked.record, view: { kind: "live", title: `Fork of the live note ${noteId}`, lesson, told, choice: null } };
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

/** Under what was chosen, or what the scenario is about where it is about something else. */
async function ofCatalogue(script: Script, { strategy, engine }: Extract<LabSource, { kind: "scenario" }>): Promise<LabScript> {
  const subjects = subjectsOf(script);
  const subject = subjects.find((each) => (each.engine === null ? each.strategy === strategy : each.engine === engine)) ?? subjects[0]!;
  const driven = await runScenario(script, subject.strategy, subject.engine);
  const isOther = subject.engine === null && subject.strategy !== strategy;
  const told = isOther
    ? [`This scenario is not about ${STRATEGY_TITLES[strategy]}: ${STRATEGY_TITLES[subject.strategy]} plays it here.`]
    : [];
  const choice = {
    id: script.id,
    engines: script.engines ?? [],
    engine: subject.engine,
    guard: await guardChoice(script, subject, endingOf(script, driven)),
  };
  const { title, lesson } = script;
  return { record: driven.record, view: { kind: "scenario", title, lesson, told: [...told, ...driven.told], choice } };
}

/** The scenario's twin is run, too: what the guard is good for is seen in how both end. */
async function guardChoice(script: Script, subject: Subject, ending: string): Promise<GuardChoice | null> {
  const { findEntry } = await import("../../crdt/lab/catalogue.ts");
  const guard = guardOf(script.id);
  if (guard === null) return null;
  const other = guard.isOn ? guard.off : guard.on;
  const twin = await findEntry(other)!.load();
  const there = subjectsOf(twin).find(({ name }) => name === subject.name) ?? subjectsOf(twin)[0]!;
  const otherEnding = endingOf(twin, await runScenario(twin, there.strategy, there.engine));
  const endings = guard.isOn ? { on: ending, off: otherEnding } : { on: otherEnding, off: ending };
  return { title: guard.title, isOn: guard.isOn, other, endings };
}

/** Who ends with what, in a sentence. */
function endingOf({ replicas }: Script, { texts, drafts, unsaved }: Driven): string {
  const byText = new Map<string, string[]>();
  for (const { name } of replicas) {
    const text = texts[REPLICA_NAMES.indexOf(name)] ?? "";
    byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  const parts = Array.from(byText, ([text, names]) => `${listText(names)} ${names.length === 1 ? "has" : "have"} “${text}”`);
  const kept = replicas.flatMap(({ name }) => {
    const draft = drafts[REPLICA_NAMES.indexOf(name)] ?? null;
    return draft === null ? [] : [`${name} keeps “${draft}” as a draft`];
  });
  const open = replicas.flatMap(({ name }) =>
    unsaved[REPLICA_NAMES.indexOf(name)] === true ? [`${name} is told that it is not saved`] : [],
  );
  return `${[...parts, ...kept, ...open].join("; ")}.`;
}

async function ofShared(json: unknown): Promise<LabScript> {
  const { kind, title, lesson } = Object(json) as Readonly<Record<string, unknown>>;
  if (kind !== "sandbox") {
    const script = parseOne(json);
    const [subject] = subjectsOf(script);
    const { record, told } = await runScenario(script, subject!.strategy, subject!.engine);
    return { record, view: { kind: "shared", title: script.title, lesson: script.lesson, told, choice: null } };
  }
  const words = (text: unknown, other: string): string => (typeof text === "string" ? text.slice(0, WORDS_LENGTH_MAX) : other);
  return {
    record: recordFromJson(JSON.stringify(json)),
    view: {
      kind: "shared",
      title: words(title, "A shared run"),
      lesson: words(lesson, "Somebody made this run and shared it."),
      told: [],
      choice: null,
    },
  };
}
