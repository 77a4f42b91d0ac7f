/** Several writers: a recorded graph and seeded histories, each peer with the updates that its own replicas made of them. */

import { timed } from "../cpu-clock.ts";
import type { Copy, Peer } from "../peer.ts";
import { type History, resolvePatch } from "../../../../crdt/lab/bench/history.ts";
import { type Case, type CaseContext, expectText, type Material, type MaterialData, type Sample } from "./case.ts";

/** Ids of the readers; the writers are numbered from 1. */
const READER = 900;

/**
 * Plays a history with one replica an agent; in the end all have everything.
 * @throws Error when they then differ.
 */
export function play(peer: Peer, { agents, steps, isRelative }: History): MaterialData {
  const told: Uint8Array[][] = [];
  const copies: Copy[] = [];
  const known: Set<number>[] = [];
  let current: Uint8Array[] = [];
  for (let agent = 0; agent < agents; agent++) {
    const copy = peer.create(agent + 1);
    copy.listen((update) => current.push(update));
    copies.push(copy);
    known.push(new Set());
  }
  for (const [at, { agent, pulls, patches }] of steps.entries()) {
    const copy = copies[agent]!;
    const had = known[agent]!;
    if (pulls.length > 0) copy.applyAll(pulls.flatMap((pulled) => told[pulled]!));
    for (const pulled of pulls) had.add(pulled);
    had.add(at);
    current = [];
    for (const patch of patches) {
      const [index, remove, insert] = resolvePatch(patch, isRelative, isRelative ? copy.length() : 0);
      if (remove > 0 || insert !== "") copy.edit([index, remove, insert]);
    }
    told.push(current);
  }
  let text: string | null = null;
  for (const [agent, copy] of copies.entries()) {
    const rest = told.filter((_, at) => !known[agent]!.has(at)).flat();
    if (rest.length > 0) copy.applyAll(rest);
    if (text === null) text = copy.text();
    else expectText(copy.text(), text);
  }
  const blob = copies[0]!.everything();
  copies.forEach((copy) => copy.close());
  return { text: text ?? "", blob, updates: told.flat() };
}

function replay(context: CaseContext, name: Material, bring: (copy: Copy, data: MaterialData) => void): () => Sample {
  const data = context.material(name);
  return () => {
    const copy = context.peer.create(READER);
    const ms = timed(() => {
      bring(copy, data);
      // Where a peer would put the merge off until somebody looks.
      copy.length();
    });
    expectText(copy.text(), data.text);
    copy.close();
    return { ms };
  };
}

function oneByOne(copy: Copy, { updates }: MaterialData): void {
  for (const update of updates) copy.apply(update);
}

function inOnePiece(copy: Copy, { blob, updates }: MaterialData): void {
  if (blob === null) copy.applyAll(updates);
  else copy.apply(blob);
}

/** Both ways of one history. */
function casesOf(id: string, history: string, batch: (copy: Copy, data: MaterialData) => void, batchId: string): Case[] {
  const name: Material = `history:${history}`;
  return [
    { id, needs: [name], prepare: (context) => replay(context, name, oneByOne) },
    { id: batchId, needs: [name], prepare: (context) => replay(context, name, batch) },
  ];
}

export const CONCURRENT: readonly Case[] = [
  ...casesOf("friends", "friends", (copy, { updates }) => copy.applyAll(updates), "friends-batch"),
  ...casesOf("branches", "branches", inOnePiece, "branches-blob"),
];

/** How the cost grows with the number of writers and the length of branches. */
export const GROWTH_CONCURRENCY: readonly Case[] = [
  ...[2, 8, 32].flatMap((agents) =>
    casesOf(`together-${agents}`, `together-${agents}`, (copy, { updates }) => copy.applyAll(updates), `together-${agents}-batch`),
  ),
  ...[10, 1_000, 100_000].flatMap((events) =>
    casesOf(`parting-${events}`, `parting-${events}`, (copy, { updates }) => copy.applyAll(updates), `parting-${events}-batch`),
  ),
];
