/** SIGKILL while acks flow. The judge is this process, which holds the acks that it received; the server is another. */

import { expect, it } from "vitest";
import { createPrng } from "../../crdt/base/prng.ts";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { openTabNote, typeInto, until } from "../support/live-clients.ts";
import { newFolder, startServer } from "../support/server-process.ts";

const ROUNDS = 20;

it(`a server killed in the middle of ${ROUNDS} bursts has everything that it acknowledged`, async () => {
  const folder = newFolder();
  const prng = createPrng(process.env.FUZZ_SEED ?? "crash");
  let acknowledged = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const strategy = STRATEGY_NAMES[round % STRATEGY_NAMES.length]!;
    const noteId = `crash-${strategy}`;
    const server = await startServer({ folder });
    const writer = await openTabNote(server.url, noteId, { strategy, seed: `writer ${round}` });
    await until(writer, ({ connection }) => connection === "synced");
    // Where there is a lock, the writer of an earlier round may hold it still.
    writer.acquireLock();
    await until(writer, () => writer.replica.lock === undefined || writer.replica.lock.state().holder === writer.replicaId);
    const before = writer.text();

    // Words go out one by one until the kill, which comes after some number of acks.
    const killAfter = prng.int(1, 40);
    const saved: string[] = [];
    const typed: string[] = [];
    for (let word = 0; saved.length < killAfter; word++) {
      typed.push(`[${round}.${word}]`);
      typeInto(writer, typed.at(-1)!);
      if (word % 3 === 0) await until(writer, ({ unsaved }) => unsaved <= prng.int(0, 3));
      saved.splice(0, saved.length, ...typed.slice(0, typed.length - writer.session.status().unsaved));
    }
    await server.stop("SIGKILL");
    // Acks may have come between the last look and the kill.
    const acks = typed.slice(0, typed.length - writer.session.status().unsaved);
    acknowledged += acks.length;
    writer.close();

    const again = await startServer({ folder });
    const reader = await openTabNote(again.url, noteId, { strategy, seed: `reader ${round}` });
    await until(reader, ({ connection }) => connection === "synced");
    expect(
      reader.text().startsWith(before + acks.join("")),
      `round ${round}: ${acks.length} acknowledged words, text "${reader.text().slice(before.length)}"`,
    ).toBe(true);
    reader.close();
    await again.stop("SIGKILL");
  }
  expect(acknowledged).toBeGreaterThan(ROUNDS);
});
