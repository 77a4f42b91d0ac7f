/**
 * For how long our server's event loop was held, by what might hold it: a large note that is written, compacted, opened and asked
 * for, a crowd, a large paste. Read off what the server itself exports, so of ours alone; and how much of that it was on its core,
 * since what it waited for one is nobody's fault here.
 */

import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as Y from "yjs";
import { EMPTY_BYTES } from "../../../crdt/base/bytes.ts";
import { replicaIdFrom } from "../../../crdt/base/ids.ts";
import { loadStrategy } from "../../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../../crdt/strategy/strategy.ts";
import { realClock } from "../../support/live-clients.ts";
import { besiege } from "./cases-connections.ts";
import { type BareTab, largeHistory, openTab } from "./cases-durability.ts";
import { within } from "./client.ts";
import type { Context, Outcome } from "./context.ts";

const STRATEGIES = ["yjs", "walker"] as const satisfies readonly StrategyName[];
const ON_CORE = fileURLToPath(new URL("peers/loop-on-core.cjs", import.meta.url));
const SAID_MS_MAX = 5_000;
const SAVE_MS_MAX = 60_000;
/** Until the log has fallen quiet and is compacted. */
const COMPACTED_MS = 4_000;
const EDITS_EACH = 20;
/** Updates on their way, as a tab of ours has them: one that came back after a long time sends all that it has as one. */
const IN_FLIGHT = 64;
/** Come back with all of that history as one update, which no node of theirs has. */
const RETURNING = ["yjs", "walker", "fugue"] as const satisfies readonly StrategyName[];
/** Pasted into a note of lines, each of which is then a write. */
const LINES = 60_000;
/** Much for a paste; and close to the most that a tab may send as one update. */
const PASTES = { pasted: 1_000_000, largest: 8_000_000 } as const;

interface Typed {
  readonly updates: readonly Uint8Array[];
  /** What somebody knows who was here for the first half. */
  readonly half: Uint8Array;
}

/** The history as a tab makes it, 20 edits to an update. */
async function typedIn(name: StrategyName, client: number): Promise<Typed> {
  const strategy = await loadStrategy(name);
  const copy = strategy.open({ replica: replicaIdFrom(client), clock: realClock });
  const updates: Uint8Array[] = [];
  let half: Uint8Array = EMPTY_BYTES;
  const patches = largeHistory();
  for (let from = 0; from < patches.length; from += EDITS_EACH) {
    if (half.length === 0 && from >= patches.length / 2) half = copy.version();
    const some: Uint8Array[] = [];
    for (const [index, remove, insert] of patches.slice(from, from + EDITS_EACH)) {
      const edited = copy.edit([{ index, remove, insert }]);
      if (edited.isAccepted && edited.update.length > 0) some.push(edited.update);
    }
    if (some.length > 0) updates.push(strategy.merge?.(some) ?? copy.since(half));
  }
  return { updates, half };
}

/** The history as one update. */
async function offlineIn(name: StrategyName, client: number): Promise<Uint8Array> {
  const copy = (await loadStrategy(name)).open({ replica: replicaIdFrom(client), clock: realClock });
  for (const [index, remove, insert] of largeHistory()) copy.edit([{ index, remove, insert }]);
  return copy.since(EMPTY_BYTES);
}

/** What a stock client says that makes a word bold behind those updates. */
function boldWord(updates: readonly Uint8Array[]): Uint8Array {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  let said: Uint8Array = EMPTY_BYTES;
  doc.on("update", (update: Uint8Array) => (said = update));
  doc.getText("text").format(1_000, 8, { bold: true });
  return said;
}

/** Enters and writes, as fast as it is acknowledged. Resolves when all is durable. */
async function write(
  context: Context,
  room: string,
  strategy: StrategyName,
  client: number,
  updates: readonly Uint8Array[],
): Promise<BareTab> {
  let sent = 0;
  let saved = 0;
  let done = (): void => undefined;
  const all = new Promise<void>((resolve) => (done = resolve));
  const fill = (): void => {
    while (sent < updates.length && sent - saved < IN_FLIGHT) tab.write(updates[sent++]!);
  };
  const tab = await openTab(context, {
    room,
    client,
    strategy,
    onSaved(count) {
      saved = count;
      if (saved >= updates.length) done();
      else if (sent > 0) fill();
    },
  });
  fill();
  await within(SAVE_MS_MAX, `${updates.length} updates of ${room} saved`, all);
  return tab;
}

interface Hold {
  /** As the server exports it: how late its loop came, its waiting for a core included. */
  readonly exportedMs: number;
  /** How long its main thread was on a core without a look at its loop. */
  readonly onCoreMs: number;
}

/** The longest since this was last asked. */
async function longestHold({ server }: Context): Promise<Hold> {
  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  const [, seconds] = /^riftpad_event_loop_delay_max_seconds (\S+)$/m.exec(text) ?? [];
  if (seconds === undefined) throw new Error("The server exports no delay of its event loop");
  const said = (): string[] => [...server.output().matchAll(/on core: (\S+) ms/g)].map(([, ms]) => ms!);
  const before = said().length;
  process.kill(server.pid, "SIGWINCH");
  for (const untilMs = performance.now() + SAID_MS_MAX; said().length === before; await delay(5))
    if (performance.now() > untilMs) throw new Error("The server does not say how long it was on its core");
  return { exportedMs: Number(seconds) * 1_000, onCoreMs: Number(said().at(-1)) };
}

export async function loop(context: Context): Promise<Outcome> {
  const figures: Record<string, number> = {};
  const client = context.claim();
  const typed = new Map<StrategyName, Typed>();
  for (const name of STRATEGIES) typed.set(name, await typedIn(name, client));
  const offline = new Map<StrategyName, Uint8Array>();
  for (const name of RETURNING) offline.set(name, await offlineIn(name, client));
  await context.start(ON_CORE);
  context.begin();
  /** What is under way between two of these is blamed on `what`. */
  const note = async (what: string): Promise<void> => {
    const { exportedMs, onCoreMs } = await longestHold(context);
    figures[what] = onCoreMs;
    figures.exported = Math.max(figures.exported ?? 0, exportedMs);
  };
  await longestHold(context);
  for (const name of STRATEGIES) {
    const tab = await write(context, `large-${name}`, name, client, typed.get(name)!.updates);
    await note(`${name}-written`);
    await delay(COMPACTED_MS);
    tab.wire.close();
    await note(`${name}-compacted`);
  }
  const { waitShare, othersShare } = context.end();
  await context.stop("SIGTERM");
  await context.start(ON_CORE);
  await longestHold(context);
  for (const name of STRATEGIES) {
    const { half } = typed.get(name)!;
    (await openTab(context, { room: `large-${name}`, client: context.claim(), strategy: name })).wire.close();
    await note(`${name}-opened`);
    (await openTab(context, { room: `large-${name}`, client: context.claim(), strategy: name, version: half })).wire.close();
    await note(`${name}-returned`);
    for (const [what, chars] of Object.entries(PASTES)) {
      const pasting = context.claim();
      const paste = (await loadStrategy(name))
        .open({ replica: replicaIdFrom(pasting), clock: realClock })
        .edit([{ index: 0, remove: 0, insert: "pasted ".repeat(chars / 7) }]);
      if (!paste.isAccepted) throw new Error(paste.reason);
      (await write(context, `${what}-${name}`, name, pasting, [paste.update])).wire.close();
      await note(`${name}-${what}`);
    }
  }
  for (const name of RETURNING) {
    (await write(context, `returned-${name}`, name, client, [offline.get(name)!])).wire.close();
    await note(`${name}-offline`);
  }
  const lines = (await loadStrategy("lww-line"))
    .open({ replica: replicaIdFrom(client), clock: realClock })
    .edit([{ index: 0, remove: 0, insert: "pasted line\n".repeat(LINES) }]);
  if (!lines.isAccepted) throw new Error(lines.reason);
  (await write(context, "lines", "lww-line", client, [lines.update])).wire.close();
  await note("lines");
  await besiege(context);
  await note("storm");
  await context.leaveAll();
  await note("left");
  // More than structure can judge: the note becomes a document.
  (await write(context, "large-yjs", "yjs", client, [boldWord(typed.get("yjs")!.updates)])).wire.close();
  await note("bold");
  await context.stop("SIGTERM");
  await context.start(ON_CORE);
  await longestHold(context);
  (await openTab(context, { room: "large-yjs", client: context.claim(), strategy: "yjs" })).wire.close();
  await note("bold-opened");
  (await openTab(context, { room: "returned-fugue", client: context.claim(), strategy: "fugue" })).wire.close();
  await note("fugue-opened");
  (await openTab(context, { room: "lines", client: context.claim(), strategy: "lww-line" })).wire.close();
  await note("lines-opened");
  return { figures, waitShare, othersShare };
}
