/** Notes with one order on several nodes: the side with a majority goes on, the other one refuses and keeps what was written. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { openTabNote, typeInto, until } from "../support/live-clients.ts";
import { areEqual, command, nodeOf, watchNodes } from "../support/nodes-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer({ nodes: 3 });
});
afterAll(async () => {
  await server.stop("SIGKILL");
});

const ORDERED: readonly StrategyName[] = ["ot", "cas-diff3", "cas-index", "quorum"];

/** Far apart, so that a merge line by line has nothing to ask. */
const START = "first\nsecond\nthird\n";

function typeFirst(tab: NoteSession, text: string): void {
  tab.edit([{ index: 0, remove: 0, insert: text }], text.length);
}

async function setUp(note: string, strategy: StrategyName) {
  const open = (name: string, node: string): Promise<NoteSession> =>
    openTabNote(server.url, note, { strategy, seed: `${note} ${name}`, node, name: `${note}-${name}` });
  const watch = await watchNodes(server, note, strategy);
  const a = await open("A", "S1");
  typeInto(a, START);
  await until(a, ({ unsaved }) => unsaved === 0);
  const b = await open("B", "S2");
  await until(b, (_, text) => text === START);
  const close = async (): Promise<void> => {
    await command(server, "POST", "heal");
    for (const each of [a, b, watch]) each.close();
  };
  return { a, b, watch, close };
}

describe.each(ORDERED)("%s on three nodes", (strategy) => {
  it("[OR3] what is written on any node is committed once, and is the same everywhere", async () => {
    const { a, b, watch, close } = await setUp(`${strategy}-once`, strategy);
    typeInto(b, "from B\n");
    await until(b, ({ unsaved }) => unsaved === 0);
    await until(a, (_, text) => text === `${START}from B\n`);
    typeInto(a, "from A\n");
    await until(b, (_, text) => text === `${START}from B\nfrom A\n`);
    const told = await watch.until((seen) => areEqual(seen, `${START}from B\nfrom A\n`.length));
    const leaders = told.nodes.filter(({ note }) => note?.order?.token != null);
    expect(leaders.length).toBe(1);
    await close();
  });

  it.each(["S1", "S2"])(
    "[OR4] [LE4] %s alone refuses with a reason and keeps its draft; the others commit; one text after the heal",
    async (alone) => {
      const note = `${strategy}-${alone}`;
      const { a, b, watch, close } = await setUp(note, strategy);
      const [minor, major] = alone === "S1" ? [a, b] : [b, a];
      const [minorName, majorName] = alone === "S1" ? ["A", "B"] : ["B", "A"];
      const others = ["S1", "S2", "S3"].filter((id) => id !== alone);
      await command(server, "POST", "partition", {
        groups: [
          [`${note}-${minorName}`, alone],
          [`${note}-${majorName}`, ...others],
        ],
      });
      typeFirst(minor, "minority\n");
      typeInto(major, "majority\n");
      await until(major, ({ unsaved }) => unsaved === 0);
      await until(minor, () => minor.replica.pause?.startsWith("This side has 1 of 3 servers") === true);
      expect([minor.text(), minor.session.status().unsaved]).toEqual([`minority\n${START}`, 1]);
      expect(major.text()).toBe(`${START}majority\n`);
      const apart = await watch.until(
        (told) => nodeOf(told, alone).note?.order?.reason === "This side has 1 of 3 servers, so saving is paused.",
      );
      expect(nodeOf(apart, alone).note?.digest?.length).toBe(START.length);
      await command(server, "POST", "heal");
      await Promise.all([minor, major].map((tab) => until(tab, ({ unsaved, connection }) => unsaved === 0 && connection === "synced")));
      await until(major, (_, text) => text === minor.text());
      await watch.until((told) => areEqual(told, minor.text().length));
      // A blind write of the whole note is later, and overwrites; the others keep both, and nobody doubles anything.
      expect(minor.text()).toBe(strategy === "quorum" ? `minority\n${START}` : `minority\n${START}majority\n`);
      await close();
    },
  );
});
