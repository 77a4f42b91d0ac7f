/** The catalogue as a list, and its scenarios in links. */

import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DecodeError } from "../../crdt/base/errors.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { CATALOGUE, findEntry } from "../../crdt/lab/catalogue.ts";
import { fragmentOf } from "../../app/_lab/lab-script.ts";
import { runScenario } from "../../crdt/lab/scenario-run.ts";
import { subjectsOf } from "../../crdt/lab/subjects.ts";
import { FRAGMENT_LENGTH_MAX, packFragment, unpackFragment } from "../../crdt/lab/share.ts";

it("the catalogue lists every file, and says of it what the file says", async () => {
  const files = readdirSync(new URL("../../crdt/lab/scenarios/", import.meta.url)).sort();
  expect(CATALOGUE.map(({ id }) => `${id}.json`).sort()).toEqual(files);
  for (const entry of CATALOGUE) {
    const { id, title, tags, lesson } = entry;
    expect(await entry.load()).toMatchObject({ id, title, tags, lesson });
  }
  expect(findEntry("no such")).toBeUndefined();
});

describe("a link", async () => {
  it.each(CATALOGUE.map((entry) => [entry.id, entry] as const))("%s comes back out of less than 2 kB", async (_, entry) => {
    const json = await entry.json();
    const fragment = packFragment(json);
    expect(fragment!.length).toBeLessThan(2_000);
    expect(fragment).toMatch(/^[\w.-]+$/);
    expect(unpackFragment(fragment!)).toEqual(json);
  });

  it.each(CATALOGUE.map((entry) => [entry.id, entry] as const))("%s as a run of the laboratory fits, too", async (id, entry) => {
    const script = await entry.load();
    const [subject] = subjectsOf(script);
    const { record } = await runScenario(script, subject!.strategy, subject!.engine);
    // A run has each keystroke for itself, and this one is of two hundred.
    expect(fragmentOf(record, script)?.length).toBeLessThan(id === "rate-limit" ? 3_000 : 2_000);
  });

  it("is not made of what is too long", () => {
    const prng = createPrng("long");
    expect(packFragment({ text: Array.from({ length: 20_000 }, () => prng.int(0, 36).toString(36)).join("") })).toBeNull();
  });

  it("that unpacks to too much is refused before it is unpacked", () => {
    expect(() => unpackFragment(packFragment({ text: "a".repeat(300_000) })!)).toThrow(/A scenario of \d+ bytes/);
    expect(() => unpackFragment(`1.${"A".repeat(FRAGMENT_LENGTH_MAX)}`)).toThrow(DecodeError);
  });

  it("that is broken is refused with DecodeError and nothing else", () => {
    const prng = createPrng("links");
    const honest = packFragment({ id: "x", text: "some text" })!;
    let refused = 0;
    for (let n = 0; n < 3_000; n++) {
      const at = prng.int(0, honest.length);
      const broken = honest.slice(0, at) + String.fromCharCode(prng.int(33, 127)) + honest.slice(at + prng.int(0, 3));
      try {
        unpackFragment(broken);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(2_000);
  });
});
