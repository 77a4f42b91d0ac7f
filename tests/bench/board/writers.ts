/**
 * Writers on a note, in a process of their own: argv is the server's host, the note, how many, and how many keys a second each of them
 * presses. Says `here <id> ...` when all of them are in step, and counts in a line what each second brought: keys pressed and frames
 * that came. Ends with its input.
 */

import { createPrng } from "../../../crdt/base/prng.ts";
import { mintReplicaId, parseNoteId } from "../../../crdt/base/ids.ts";
import type { Connect } from "../../../crdt/network/transport.ts";
import { loadStrategy } from "../../../crdt/strategy/registry.ts";
import { MemoryStore } from "../../../crdt/sync/local-store.ts";
import { NoteSession } from "../../../crdt/sync/note-session.ts";
import { SILENT_TRACER } from "../../../crdt/base/journal.ts";
import { connectWs, realClock, until } from "../../support/live-clients.ts";

const [host = "", note = "", count = "7", keysPerS = "18"] = process.argv.slice(2);
const pressed = { keys: 0, frames: 0 };

/** A connection that counts what comes. */
function counted(connect: Connect): Connect {
  return (handlers) =>
    connect({
      ...handlers,
      onFrame(frame) {
        pressed.frames++;
        handlers.onFrame(frame);
      },
    });
}

const strategy = await loadStrategy("walker");
const writers = await Promise.all(
  Array.from({ length: Number(count) }, async (_, n) => {
    const prng = createPrng(`writer ${n} of ${note}`);
    const replicaId = mintReplicaId(prng);
    const address = `ws://${host}/sync/${note}?replica=${replicaId}&strategy=walker&node=S${(n % 3) + 1}&name=Writer ${n + 1}`;
    const connect = counted(connectWs(address));
    const opened = new NoteSession({
      noteId: parseNoteId(note)!,
      replicaId,
      strategy,
      connect,
      store: new MemoryStore(),
      clock: realClock,
      prng,
      tracer: SILENT_TRACER,
    });
    await opened.session.start();
    await until(opened, ({ connection }) => connection === "synced");
    return opened;
  }),
);
console.log(`here ${writers.map(({ replicaId }) => replicaId).join(" ")}`);
const timers = writers.map((writer, n) =>
  setInterval(
    () => {
      writer.edit([{ index: writer.replica.length, remove: 0, insert: String.fromCodePoint(97 + n) }], 0);
      pressed.keys++;
    },
    1_000 / Number(keysPerS),
  ),
);
const telling = setInterval(() => {
  console.log(`second ${pressed.keys} ${pressed.frames}`);
  pressed.keys = pressed.frames = 0;
}, 1_000);
process.stdin.resume();
process.stdin.once("end", () => {
  for (const timer of [...timers, telling]) clearInterval(timer);
  for (const writer of writers) writer.close();
  process.exit(0);
});
