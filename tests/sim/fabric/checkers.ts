/** What must be true of a world once all is calm, each under a name. A checker returns what it found wrong. */

import { FABRIC_NOTE, type FabricWorld } from "../../../crdt/lab/fabric-world.ts";
import { QUESTION } from "../../../crdt/strategy/cas-diff3-strategy.ts";
import type { LogWatch } from "./log-watch.ts";
import { marksOf } from "./marks.ts";
import type { Witness } from "./witness.ts";

export interface Played {
  readonly world: FabricWorld;
  readonly watch: LogWatch;
  readonly witness: Witness;
}

export type Checker = (played: Played) => string[];

/** All replicas and all nodes have one text, one structure, one epoch, and nothing is open. */
const converged: Checker = ({ world }) => {
  const out: string[] = [];
  const { cluster, members, strategy } = world;
  const [first] = members;
  const wanted = first!.note.replica.hash();
  const epochs = new Set(cluster.ids.map((id) => cluster.node(id)?.birthOf(FABRIC_NOTE)?.epoch));
  if (epochs.size !== 1 || epochs.has(undefined)) out.push(`epochs: ${[...epochs].join(", ")}`);
  for (const { id, note } of members) {
    const { unsaved, draft, connection, pause } = note.session.status();
    const { content, structure } = note.replica.hash();
    note.replica.checkInvariants();
    if (content !== wanted.content || structure !== wanted.structure) out.push(`${id} differs from ${first!.id}`);
    if (unsaved > 0 || connection !== "synced") out.push(`${id} is ${connection} with ${unsaved} unsaved (${pause ?? "no pause"})`);
    if (draft !== null) out.push(`${id} had to give up its copy`);
  }
  for (const id of cluster.ids) {
    const room = cluster.roomOf(id, FABRIC_NOTE);
    // An ordered note is open where somebody is in it.
    if (room === null && strategy.traits.isOrdered && members.every(({ at }) => at !== id)) continue;
    const hash = room?.relay.document().hash();
    if (hash?.content !== wanted.content || hash.structure !== wanted.structure) out.push(`${id} differs from ${first!.id}`);
    const foreign = cluster.node(id)?.foreignPeers(FABRIC_NOTE) ?? [];
    if (foreign.length > 0) out.push(`${id} has another history than ${foreign.join(", ")}`);
  }
  return out;
};

/** What its writer was told is saved is in the text, was deleted by somebody, or is in the ledger (where the strategy loses writes). */
const nothingAcknowledgedLost: Checker = ({ world, witness }) => {
  const { strategy, losses, members } = world;
  const there = new Set(marksOf(members[0]!.note.text()));
  for (const { text } of members[0]!.note.replica.siblings?.() ?? []) for (const one of marksOf(text)) there.add(one);
  if (strategy.traits.losesWrites)
    for (const { splices } of losses) for (const { insert } of splices) for (const one of marksOf(insert)) there.add(one);
  const missing = witness.acknowledged().filter((one) => !there.has(one) && !witness.deleted.has(one));
  return missing.length === 0 ? [] : [`${missing.join("")} acknowledged, and neither in the text nor in the ledger`];
};

/** What was inserted once is nowhere twice. An open question repeats what both of its sides have, so its line does not count. */
const nothingDoubled: Checker = ({ world }) =>
  world.members.flatMap(({ id, note }) => {
    const lines = note.text().split("\n");
    const marks = marksOf(lines.filter((line) => !line.includes(QUESTION.between)).join(""));
    const twice = marks.filter((one, n) => marks.indexOf(one) !== n);
    return twice.length === 0 ? [] : [`${twice.join("")} is there twice for ${id}`];
  });

const readYourWrites: Checker = ({ witness }) => witness.unseen.slice(0, 3);

/** An entry is committed only when a majority has it on disk: so never on a side without one. */
const majorityHasIt: Checker = ({ watch }) => watch.unsafe.slice(0, 3);

const oneOrder: Checker = ({ watch }) => watch.history.oneOrder().slice(0, 3);

/** A token is one node's, and no write under a lower token stands behind one under a higher. */
const fenced: Checker = ({ watch }) => [...watch.history.oneHolderPerToken(), ...watch.history.tokensAscend()].slice(0, 3);

/** A write that was asked for after another was acknowledged stands behind it in the order. */
const linearisable: Checker = ({ world, watch }) => {
  if (!world.strategy.traits.isOrdered) return [];
  // A whole note that is proposed again, and a merged text, say again what is in them.
  const order = [...new Set(watch.order())];
  return watch.history.realTime(new Map([["log", order]])).slice(0, 3);
};

/** What holds at every moment, whether the world has come to rest or not. */
const HISTORY_CHECKERS = {
  "read your writes": readYourWrites,
  "CP side safety": majorityHasIt,
  "one order": oneOrder,
  fencing: fenced,
} satisfies Record<string, Checker>;

export const CHECKERS: Readonly<Record<string, Checker>> = {
  converged,
  "nothing acknowledged lost": nothingAcknowledgedLost,
  "nothing doubled": nothingDoubled,
  ...HISTORY_CHECKERS,
  linearisable,
};

/** All of them; each finding begins with the checker's name. */
export function check(played: Played): string[] {
  return findingsOf(CHECKERS, played);
}

/** Those that need no end: for a world that broke off. */
export function checkHistory(played: Played): string[] {
  return findingsOf(HISTORY_CHECKERS, played);
}

function findingsOf(checkers: Readonly<Record<string, Checker>>, played: Played): string[] {
  return Object.entries(checkers).flatMap(([name, checker]) => checker(played).map((finding) => `${name}: ${finding}`));
}
