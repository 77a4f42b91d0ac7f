/** Every scenario of the catalogue comes out in the sandbox as it does where it is played, and is the same again from its JSON. */

import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../crdt/lab/catalogue.ts";
import { recordFromJson, recordToJson } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { runScenario } from "../../crdt/lab/scenario-run.ts";
import { REPLICA_NAMES } from "../../crdt/lab/script.ts";
import { playSubject, subjectsOf } from "../../crdt/lab/subjects.ts";

const SCRIPTS = await Promise.all(CATALOGUE.map(async ({ id, load }) => [id, await load()] as const));

/** One strategy of each other kind than merging: last writer, one order, a lock. Scenarios take turns. */
const KINDS = ["lww-note", "ot", "lease"];

describe.each(SCRIPTS.map(([id, script], n) => [id, script, n] as const))("%s", (_, script, n) => {
  const all = subjectsOf(script);
  const some = all.filter(({ engine, strategy }) => engine !== null || strategy === "walker" || strategy === KINDS[n % KINDS.length]);
  const subjects = some.length > 0 ? some : all.slice(0, 1);

  it.each(subjects)("$name", async (subject) => {
    const { record, texts } = await runScenario(script, subject.strategy, subject.engine);
    const played = await playSubject(script, subject);
    expect(texts.slice(0, script.replicas.length)).toEqual(script.replicas.map(({ name }) => played.texts[name]));
    const again = await Sandbox.replay(recordFromJson(recordToJson(record)));
    expect(again.hash).toBe(record.hash);
    const places = script.replicas.map(({ name }) => REPLICA_NAMES.indexOf(name));
    expect(places.map((at) => again.replicaText(at))).toEqual(texts.slice(0, script.replicas.length));
    // What is shown beside the texts is what came out, too.
    const drafts = places.flatMap((at) => again.view(at).draft ?? []);
    expect(drafts).toEqual(script.replicas.flatMap(({ name }) => played.drafts[name] ?? []));
    for (const at of places) expect(again.view(at).fields).toEqual(played.fields[REPLICA_NAMES[at]!] ?? null);
    expect(again.nodes().flatMap(({ text }) => text ?? [])).toEqual(Object.values(played.nodeTexts).map((text) => text.slice(0, 400)));
    again.close();
  });
});
