/** The compare page's figures of messages and bytes against a count at the pipes, which no journal has a part in. */

import { expect, it } from "vitest";
import { compareUnder, recordViews } from "../../crdt/lab/compare.ts";
import { Player } from "../../crdt/lab/player.ts";
import { World } from "../../crdt/lab/world.ts";
import { parseScenario } from "../../crdt/lab/scenario.ts";
import { writerAfter } from "../../crdt/lab/script.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import type { Strategy } from "../../crdt/strategy/strategy.ts";

/** Nobody is cut off, so that what enters a link also leaves it. */
const SCRIPT = parseScenario({
  id: "open",
  v: 1,
  title: "Nobody is cut off",
  seed: 3,
  text: "Hello",
  topology: { nodes: 1, replicas: [{ id: "A" }, { id: "B" }] },
  steps: [
    { at: 1_000, do: "type", by: "A", pos: 5, text: " world", wpm: 60 },
    { at: 4_000, do: "delete", by: "B", pos: 0, len: 1 },
    { at: 5_000, do: "type", by: "A", pos: 0, text: "J" },
  ],
});

async function countAtPipes(strategy: Strategy): Promise<{ messages: number; bytes: number }> {
  const count = { messages: 0, bytes: 0 };
  const add = (frame: Uint8Array): void => {
    count.messages++;
    count.bytes += frame.length;
  };
  const player = new Player(SCRIPT, strategy);
  try {
    const { world } = player;
    if (!(world instanceof World)) throw new Error("a script of one node has a world of one");
    const { node } = world;
    const accept = node.accept.bind(node);
    node.accept = (replica, prng, n) => {
      const inner = accept(replica, prng, n);
      if (inner === null) return null;
      return (transport, terminate) => {
        const server = inner(
          {
            send: (frame) => {
              add(frame);
              transport.send(frame);
            },
            close: (code, reason) => transport.close(code, reason),
            get bufferedBytes() {
              return transport.bufferedBytes;
            },
          },
          terminate,
        );
        return {
          onFrame: (frame) => {
            add(frame);
            server.onFrame(frame);
          },
          onClose: (closed) => server.onClose(closed),
        };
      };
    };
    await player.begin();
    count.messages = count.bytes = 0;
    for (const [n, { atMs, action }] of SCRIPT.actions.entries()) await player.act(atMs, action, writerAfter(SCRIPT, n));
    await player.end();
    return count;
  } finally {
    player.close();
  }
}

it.each(["walker", "yjs", "lww-note", "ot", "quorum"] as const)("%s", async (name) => {
  const strategy = await loadNodeStrategy(name);
  const { traffic } = await compareUnder(SCRIPT, await recordViews(SCRIPT, name), strategy);
  const counted = await countAtPipes(strategy);
  expect(counted.messages).toBeGreaterThan(10);
  expect({ messages: traffic.messages, bytes: traffic.bytes }).toEqual(counted);
});
