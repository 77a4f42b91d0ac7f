/** The compare page's figures of messages and bytes against a count at the pipes, which no journal has a part in. */

import { describe, expect, it } from "vitest";
import { metricsOf } from "../../app/_compare/metrics.ts";
import { compareUnder, recordViews } from "../../crdt/lab/compare.ts";
import { FabricWorld } from "../../crdt/lab/fabric-world.ts";
import { Player } from "../../crdt/lab/player.ts";
import { World } from "../../crdt/lab/world.ts";
import { parseScenario } from "../../crdt/lab/scenario.ts";
import { type Script, writerAfter } from "../../crdt/lab/script.ts";
import type { Transport } from "../../crdt/network/transport.ts";
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

/** What a node is handed by its peers, and what it hands to them, counted where the node ends and the wire begins. */
function countBetween(world: FabricWorld): { messages: number; bytes: number } {
  const count = { messages: 0, bytes: 0 };
  const add = (frame: Uint8Array): void => {
    count.messages++;
    count.bytes += frame.length;
  };
  for (const id of world.nodes) {
    const node = world.cluster.node(id)!;
    const accept = node.accept.bind(node);
    node.accept = (peer, transport) => {
      const counted: Transport = {
        send: (frame) => {
          add(frame);
          transport.send(frame);
        },
        close: (code, reason) => transport.close(code, reason),
        get bufferedBytes() {
          return transport.bufferedBytes;
        },
      };
      const handlers = accept(peer, counted);
      if (handlers === null) return null;
      return {
        onFrame: (frame) => {
          add(frame);
          handlers.onFrame(frame);
        },
        onClose: (closed) => handlers.onClose(closed),
      };
    };
  }
  return count;
}

/** The same on several nodes: A on S1, B on the last one. */
function onNodes(nodes: 3 | 5): Script {
  return {
    ...SCRIPT,
    nodes,
    replicas: SCRIPT.replicas.map((replica) => (replica.name === "A" ? replica : { ...replica, at: `S${nodes}` })),
  };
}

describe.each([3, 5] as const)("between %i nodes", (nodes) => {
  const script = onNodes(nodes);

  it.each(["walker", "lww-note", "ot"] as const)("%s", async (name) => {
    const strategy = await loadNodeStrategy(name);
    const { traffic } = await compareUnder(script, await recordViews(script, name), strategy);
    const player = new Player(script, strategy);
    try {
      const { world } = player;
      if (!(world instanceof FabricWorld)) throw new Error("a script of several nodes has a world of several");
      const count = countBetween(world);
      await player.begin();
      expect(count.messages).toBeGreaterThan(0);
      count.messages = count.bytes = 0;
      for (const [n, { atMs, action }] of script.actions.entries()) await player.act(atMs, action, writerAfter(script, n));
      await player.end();
      expect(traffic.between).toEqual(count);
      // Every edit goes to every other node, once at least.
      expect(count.messages).toBeGreaterThan(8 * (nodes - 1));
    } finally {
      player.close();
    }
  });
});

it("there is none between nodes where there is one, and what goes to replicas is counted apart", async () => {
  const walker = await loadNodeStrategy("walker");
  const [one, three] = [await compareUnder(SCRIPT, new Map(), walker), await compareUnder(onNodes(3), new Map(), walker)];
  expect(one.traffic.between).toBeNull();
  expect(three.traffic.messages).toBeLessThan(one.traffic.messages + three.traffic.between!.messages);
  expect(metricsOf([one]).map(({ id }) => id)).not.toContain("node-messages");
  const shown = metricsOf([three]).find(({ id }) => id === "node-messages")!;
  expect(shown.words(three)).toBe(three.traffic.between!.messages.toLocaleString("en"));
});
