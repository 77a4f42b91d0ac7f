/** What each side of a split may still do, and what was given up for it: computed from what the nodes say. Pure. */

import type { Island } from "../../crdt/network/cuts.ts";
import { listed } from "../../crdt/base/listed.ts";
import type { Traits } from "../../crdt/strategy/strategy.ts";
import type { NodesAnswer, NodeStatus, ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { endName } from "./node-rows.ts";

export interface IslandRights {
  readonly island: Island;
  /** "Ana, S1" */
  readonly title: string;
  readonly may: readonly string[];
  readonly mayNot: readonly string[];
  /** Whether what is written here now is kept as written: on a device at least, or where writes have one order in that order. */
  readonly canWrite: boolean;
  /** Replicas of people here, and edits of theirs that no node has saved or committed. */
  readonly people: number;
  readonly unsaved: number;
}

export interface Cap {
  /** What is given up right now, in one sentence. */
  readonly headline: string;
  readonly isSplit: boolean;
  readonly islands: readonly IslandRights[];
}

export interface CapInput {
  readonly fabric: NodesAnswer;
  /** Of the note. */
  readonly replicas: readonly ReplicaStatus[];
  readonly traits: Pick<Traits, "isOrdered">;
}

export function capOf({ fabric, replicas, traits }: CapInput): Cap {
  const people = replicas.filter(({ kind }) => kind !== "node");
  const here = new Set<string>([...people.map(({ replicaId }) => replicaId), ...fabric.nodes.map(({ id }) => id)]);
  // Whoever looks at another note has a place of their own in the network, and no part in this.
  const islands = fabric.islands.filter(({ ends }) => ends.some((end) => here.has(end)));
  const isSplit = islands.length > 1;
  const rights = islands.map((island): IslandRights => {
    const ends = island.ends.filter((end) => here.has(end));
    const own = people.filter(({ replicaId }) => ends.includes(replicaId));
    return {
      island,
      title: ends.map((end) => endName(end, people)).join(", "),
      ...(traits.isOrdered ? orderedRights(island, fabric, isSplit) : freeRights(island, fabric, isSplit)),
      people: own.length,
      unsaved: own.reduce((sum, { digest }) => sum + (digest?.unacknowledged ?? 0), 0),
    };
  });
  return {
    headline: traits.isOrdered ? orderedHeadline(rights, isSplit) : freeHeadline(rights, isSplit, people),
    isSplit,
    islands: rights,
  };
}

function freeRights(island: Island, { nodes }: NodesAnswer, isSplit: boolean): Pick<IslandRights, "may" | "mayNot" | "canWrite"> {
  const saving = nodes.filter(({ id, state, disk }) => island.nodes.includes(id) && state === "up" && disk.trouble === null);
  const apart = isSplit ? ["Learn what other sides write before the heal."] : [];
  if (saving.length === 0)
    return { may: ["Read and write: edits are kept on the device."], mayNot: ["Save on any server.", ...apart], canWrite: true };
  return { may: [`Read and write: edits are saved on ${listed(saving.map(({ id }) => id))}.`], mayNot: apart, canWrite: true };
}

function orderedRights(island: Island, { nodes }: NodesAnswer, isSplit: boolean): Pick<IslandRights, "may" | "mayNot" | "canWrite"> {
  const here = nodes.filter(({ id }) => island.nodes.includes(id));
  const leader = here.find(canOrder);
  if (leader !== undefined) {
    const majority = Math.floor(nodes.length / 2) + 1;
    const token = leader.note?.order?.token;
    return {
      may: [
        `Read and write: ${leader.id} orders under token ${token}, and an edit counts once ${majority} of ${nodes.length} nodes have it.`,
      ],
      mayNot: [],
      canWrite: true,
    };
  }
  const reason = here.map(({ note }) => note?.order?.reason).find((text) => text != null);
  const why =
    here.length === 0
      ? "no server can be reached."
      : (reason ?? `this side has ${here.length} of ${nodes.length} servers, and it takes more than half.`);
  return {
    may: ["Read what was committed before, and write a draft."],
    mayNot: [`Commit anything: ${why}`, ...(isSplit ? ["Read what is committed elsewhere before the heal."] : [])],
    canWrite: false,
  };
}

function canOrder({ state, note }: NodeStatus): boolean {
  return state === "up" && note?.order?.token != null;
}

function freeHeadline(rights: readonly IslandRights[], isSplit: boolean, people: readonly ReplicaStatus[]): string {
  if (!isSplit) return "Nothing is split: everybody may write, and everybody sees it.";
  const texts = new Set(people.flatMap(({ digest }) => digest?.contentHash ?? [])).size;
  const writing = rights.filter((side) => side.people > 0).length;
  return `You chose A: ${count(writing, "side goes", "sides go")} on writing. There ${texts === 1 ? "is one text" : `are ${texts} texts`} now.`;
}

function orderedHeadline(rights: readonly IslandRights[], isSplit: boolean): string {
  const stopped = rights.filter(({ mayNot }) => mayNot.length > 0);
  const waiting = stopped.reduce((sum, { people }) => sum + people, 0);
  const drafts = stopped.reduce((sum, { unsaved }) => sum + unsaved, 0);
  if (!isSplit && stopped.length === 0) return "Nothing is split: writes have one order, and everybody sees it.";
  return `You chose C: ${count(waiting, "person is", "people are")} waiting, ${count(drafts, "edit is a draft", "edits are drafts")}.`;
}

function count(n: number, one: string, many: string): string {
  return `${n === 0 ? "no" : n} ${n === 1 ? one : many}`;
}
