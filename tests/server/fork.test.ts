/** What the server records of a note on three nodes is enough to play it again in the laboratory: the same texts, the same ledger. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { replicaNumber } from "../../crdt/base/ids.ts";
import type { JournalEntry, Tracer } from "../../crdt/base/journal.ts";
import { forkLive } from "../../crdt/lab/fork-live.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import type { Loss, StrategyName } from "../../crdt/strategy/strategy.ts";
import type { JournalAnswer, NoteLedger } from "../../crdt/sync/control-messages.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { openTabNote, typeInto, until } from "../support/live-clients.ts";
import { areEqual, command, control, nodeOf, type NodesWatch, watchNodes } from "../support/nodes-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const REST_MS = 500;

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer({ nodes: 3 });
});
afterAll(async () => {
  await server.stop("SIGKILL");
});

interface Note {
  readonly a: NoteSession;
  readonly b: NoteSession;
  readonly watch: NodesWatch;
  /** Notes down what both show now that they are at rest. */
  readonly look: () => Promise<void>;
  /** The note's journal, at rest, against what was noted down and against its ledger. */
  readonly expectFork: () => Promise<void>;
}

/** A on S1, B on S2; their edits go to the server's journal, as a tab's do. */
async function open(note: string, strategy: StrategyName): Promise<Note> {
  const watch = await watchNodes(server, note, strategy);
  const intents: Extract<JournalEntry, { readonly kind: "intent" }>[] = [];
  const tracer: Tracer = { trace: (entry) => void (entry.kind === "intent" && intents.push(entry)) };
  const tab = (name: string, node: string): Promise<NoteSession> =>
    openTabNote(server.url, note, { strategy, seed: `${note} ${name}`, node, name: `${note}-${name}`, tracer });
  const [a, b] = [await tab("A", "S1"), await tab("B", "S2")];
  const moments: { readonly atMs: number; readonly texts: readonly string[] }[] = [];
  const look = async (): Promise<void> => {
    moments.push({ atMs: Date.now(), texts: [a.text(), b.text()] });
    // What is done next is done later.
    await control(server, "GET", "nodes");
  };
  return {
    a,
    b,
    watch,
    look,
    async expectFork() {
      const final = [a.text(), b.text()];
      const own = [...new Set(intents.map(({ replica }) => replica))];
      for (const id of own) {
        const teller = await watchNodes(server, note, strategy, id);
        teller.send({ type: "journal", entries: intents.filter(({ replica }) => replica === id) });
        // Whoever is told that there is no S9 was heard before.
        teller.send({ type: "node", node: "S9", action: "crash" });
        await teller.until(() => teller.errors.length > 0);
        expect(teller.errors).toEqual([expect.stringContaining("Unknown node S9")]);
        teller.close();
      }
      const { entries } = (await control(server, "GET", `journal/${note}`)).json as JournalAnswer;
      const ledger = (await control(server, "GET", `ledger/${note}`)).json as NoteLedger;
      for (const each of [a, b, watch]) each.close();
      for (const { atMs, texts } of moments) {
        // Sockets of one machine are faster than the laboratory's links: it is given the time to come to the same rest.
        const soFar = entries.filter((entry) => entry.atMs <= atMs);
        const forked = (await forkLive({ entries: soFar, strategy, untilMs: atMs + REST_MS }))!;
        expect([forked.told, own.map((id) => forked.texts[forked.people.indexOf(id)])]).toEqual([[], texts]);
      }
      const forked = (await forkLive({ entries, strategy }))!;
      expect([forked.told, own.map((id) => forked.texts[forked.people.indexOf(id)])]).toEqual([[], final]);
      expect([forked.record.options.nodes, forked.record.options.setup?.homes?.toSorted()]).toEqual([3, ["S1", "S2"]]);
      const sandbox = await Sandbox.replay(forked.record);
      const row = ({ rule, splices, removedText }: Loss, author: string | undefined): unknown => [author, rule, splices, removedText];
      expect(sandbox.ledger.losses.map((loss) => row(loss, forked.people[replicaNumber(loss.author) - 1]))).toEqual(
        ledger.losses.map(({ loss }) => row(loss, loss.author)),
      );
      if (strategy === "lww-note") expect(ledger.losses.length).toBeGreaterThan(0);
      sandbox.close();
    },
  };
}

it("a note that was cut in half, written on both sides and healed: the texts of every instant, and the rows of its ledger", async () => {
  const { a, b, watch, look, expectFork } = await open("half", "lww-note");
  typeInto(a, "start ");
  await until(b, (_, text) => text === "start ");
  await watch.until((told) => areEqual(told, 6));
  await look();
  await command(server, "POST", "partition", {
    groups: [
      ["half-A", "S1"],
      ["half-B", "S2", "S3"],
    ],
  });
  typeInto(a, "left ");
  await look();
  typeInto(b, "right ");
  await Promise.all([a, b].map((tab) => until(tab, ({ unsaved }) => unsaved === 0)));
  await look();
  expect([a.text(), b.text()]).toEqual(["start left ", "start right "]);
  await command(server, "POST", "heal");
  await until(a, (_, text) => text === "start right ");
  await watch.until((told) => areEqual(told, "start right ".length));
  await expectFork();
});

it("a note with a cut one way, and a node that crashes and comes back", async () => {
  const { a, b, watch, look, expectFork } = await open("one-way", "walker");
  typeInto(a, "start ");
  await until(b, (_, text) => text === "start ");
  await command(server, "POST", "cut", {
    cuts: [
      { from: "S1", to: "S2" },
      { from: "S3", to: "S2" },
    ],
  });
  typeInto(a, "unheard ");
  await until(a, ({ unsaved }) => unsaved === 0);
  await look();
  expect(b.text()).toBe("start ");
  await command(server, "POST", "heal");
  await until(b, (_, text) => text === "start unheard ");
  await look();
  await command(server, "POST", "nodes/S2", { action: "crash" });
  await until(b, ({ connection }) => connection === "waiting");
  typeInto(a, "on ");
  typeInto(b, "offline ");
  await until(a, ({ unsaved }) => unsaved === 0);
  await look();
  await command(server, "POST", "nodes/S2", { action: "restart" });
  b.session.retryNow();
  await Promise.all([a, b].map((tab) => until(tab, (_, text) => text.length === "start unheard on offline ".length)));
  await watch.until((told) => nodeOf(told, "S2").state === "up" && areEqual(told, a.text().length));
  await expectFork();
});
