/** Notes with one order on several nodes: the side with a majority goes on, the other one refuses and keeps what was written. */

import { describe, expect, it } from "vitest";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { openTabNote, typeInto, until } from "../support/live-clients.ts";
import { areEqual, command, nodeOf, type NodesWatch, watchNodes } from "../support/nodes-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const ORDERED: readonly StrategyName[] = ["ot", "cas-diff3", "cas-index", "quorum"];

/** Far apart, so that a merge line by line has nothing to ask. */
const START = "first\nsecond\nthird\n";

function typeFirst(tab: NoteSession, text: string): void {
  tab.edit([{ index: 0, remove: 0, insert: text }], text.length);
}

/** A server and its note for one test alone: a cut that one leaves behind must not stand in the next one's way. */
async function withNote(
  strategy: StrategyName,
  run: (note: {
    readonly server: ServerProcess;
    readonly a: NoteSession;
    readonly b: NoteSession;
    readonly watch: NodesWatch;
  }) => Promise<void>,
): Promise<void> {
  const server = await startServer({ nodes: 3 });
  const open = (name: string, node: string): Promise<NoteSession> =>
    openTabNote(server.url, "note", { strategy, seed: `${strategy} ${name}`, node, name });
  try {
    const watch = await watchNodes(server, "note", strategy);
    const a = await open("A", "S1");
    typeInto(a, START);
    await until(a, ({ unsaved }) => unsaved === 0);
    const b = await open("B", "S2");
    await until(b, (_, text) => text === START);
    await run({ server, a, b, watch });
    for (const each of [a, b, watch]) each.close();
  } finally {
    await server.stop("SIGKILL");
  }
}

describe.concurrent.each(ORDERED)("%s on three nodes", (strategy) => {
  it("[OR3] what is written on any node is committed once, and is the same everywhere", () =>
    withNote(strategy, async ({ a, b, watch }) => {
      typeInto(b, "from B\n");
      await until(b, ({ unsaved }) => unsaved === 0);
      await until(a, (_, text) => text === `${START}from B\n`);
      typeInto(a, "from A\n");
      await until(b, (_, text) => text === `${START}from B\nfrom A\n`);
      const told = await watch.until((seen) => areEqual(seen, `${START}from B\nfrom A\n`.length));
      const leaders = told.nodes.filter(({ note }) => note?.order?.token != null);
      expect(leaders.length).toBe(1);
    }));

  it.each(["S1", "S2"])(
    "[OR4] [LE4] %s alone refuses with a reason and keeps its draft; the others commit; one text after the heal",
    (alone) =>
      withNote(strategy, async ({ server, a, b, watch }) => {
        const [minor, major] = alone === "S1" ? [a, b] : [b, a];
        const [minorName, majorName] = alone === "S1" ? ["A", "B"] : ["B", "A"];
        const others = ["S1", "S2", "S3"].filter((id) => id !== alone);
        await command(server, "POST", "partition", {
          groups: [
            [minorName, alone],
            [majorName, ...others],
          ],
        });
        typeFirst(minor, "minority\n");
        typeInto(major, "majority\n");
        await until(major, ({ unsaved }) => unsaved === 0);
        await until(minor, () => minor.replica.pause?.startsWith("This side has 1 of 3 servers") === true);
        expect([minor.text(), minor.session.status().unsaved]).toEqual([`minority\n${START}`, 1]);
        expect(major.text()).toBe(`${START}majority\n`);
        // A node that led opens the note anew, and has no digest until it has.
        const apart = await watch.until((told) => {
          const { note } = nodeOf(told, alone);
          return note?.order?.reason === "This side has 1 of 3 servers, so saving is paused." && note.digest !== null;
        });
        expect(nodeOf(apart, alone).note?.digest?.length).toBe(START.length);
        await command(server, "POST", "heal");
        await Promise.all([minor, major].map((tab) => until(tab, ({ unsaved, connection }) => unsaved === 0 && connection === "synced")));
        await until(major, (_, text) => text === minor.text());
        await watch.until((told) => areEqual(told, minor.text().length));
        // A blind write of the whole note is later, and overwrites; the others keep both, and nobody doubles anything.
        expect(minor.text()).toBe(strategy === "quorum" ? `minority\n${START}` : `minority\n${START}majority\n`);
      }),
  );
});
