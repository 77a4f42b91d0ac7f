/**
 * One run of a script under one strategy, written down: what everybody's text was after each step, where each edit went,
 * and what crossed the links. Everything that the compare page, the checkers and the searches look at comes from here.
 */

import { EMPTY_BYTES } from "../base/bytes.ts";
import { replicaNumber } from "../base/ids.ts";
import type { JournalEntry } from "../base/journal.ts";
import type { Loss, Strategy } from "../strategy/strategy.ts";
import type { Planted } from "./open-stage.ts";
import { placeIn } from "./placing.ts";
import type { Played } from "./played.ts";
import { type EditRequest, Player } from "./player.ts";
import { REPLICA_NAMES, type ReplicaName, type Script, writerAfter } from "./script.ts";
import type { Stage } from "./stage.ts";

/** Who holds a text: a replica, or the node. */
export type Holder = ReplicaName | "S1";
export const NODE_HOLDER = "S1";

/** One edit as it reached its replica. */
export interface RunEdit {
  /** Which action of the script it was. */
  readonly step: number;
  readonly by: ReplicaName;
  /** Of the journal's intent: no strategy knows of it. Empty where it inserts nothing. */
  readonly insertId: string;
  /** Virtual ms since the beginning. */
  readonly atMs: number;
  readonly index: number;
  readonly remove: number;
  readonly insert: string;
  /** The text that it met. */
  readonly before: string;
  /** null: taken; else why not. */
  readonly refusal: string | null;
  /** Whether that text was another than the one it was recorded in. */
  readonly viewDiffered: boolean;
}

/** What somebody's text became in a step. Step -1: the beginning; the number of actions: the end. */
export interface RunView {
  readonly step: number;
  /** How many edits came before it. */
  readonly edits: number;
  readonly holder: Holder;
  readonly text: string;
}

export interface Run {
  readonly played: Played;
  readonly edits: readonly RunEdit[];
  /** Where each edit of the script was put, those that came to nothing included. */
  readonly requests: readonly { readonly step: number; readonly pos: number; readonly len: number }[];
  /** In order; a holder whose text did not change in a step has none in it. */
  readonly views: readonly RunView[];
  /** Of each step, -1 and the end included: virtual ms since the beginning, when it was over. */
  readonly stepEndMs: readonly number[];
  readonly traffic: Traffic;
  readonly size: Size;
  /** Virtual ms from the last heal or edit, whichever came later, until the last text changed; null: no agreement. */
  readonly agreedAfterMs: number | null;
  readonly losses: readonly Loss[];
}

/** What entered links since everybody had the start text, heartbeats and presence included. */
export interface Traffic {
  /** Those of replicas. */
  readonly messages: number;
  readonly bytes: number;
  /** Of them, those that carry the note. */
  readonly noteMessages: number;
  /** Those between nodes, leases and what they keep each other in step by included; null: there is one node. */
  readonly between: { readonly messages: number; readonly bytes: number } | null;
}

/** The node's copy at the end. */
export interface Size {
  readonly stateBytes: number;
  readonly textBytes: number;
  /** The most that `stateBytes` was beyond the text, at the moments that were looked at: up to 300 of a run, and the end. */
  readonly metadataBytesMax: number;
  readonly items: number;
  readonly events: number;
  readonly tombstones: number;
}

/** How the edits of a run are placed. */
export interface Placing {
  /** The text that the edit of each action was recorded in, by number of the action; left out: as the script carries them. */
  readonly views?: ReadonlyMap<number, string>;
  /** Exact places, by number of the edit in its run, instead of all else. */
  readonly places?: readonly { readonly pos: number; readonly len: number }[];
  /** What a test plants in the world. */
  readonly planted?: Planted | undefined;
}

/** At so many moments of a run the node's copy is weighed. */
const MOMENTS_MAX = 300;
/** Frames that do not carry the note: as in world.ts. */
const CHATTER = new Set(["heartbeat", "awareness", "query-awareness", "epoch"]);

/** @throws RangeError where the script speaks of replicas that it does not have. */
export async function replay(script: Script, strategy: Strategy, { views, places, planted }: Placing = {}): Promise<Run> {
  const log = new RunLog(script.actions.length);
  let viewOfEdit: string | null = null;
  const requests: Run["requests"][number][] = [];
  const player: Player = new Player(script, strategy, null, {
    planted,
    place: (request: EditRequest) => {
      const recorded = (views === undefined ? script.actions[log.step]?.view : views.get(log.step)) ?? null;
      viewOfEdit = recorded;
      const place = places?.[requests.length] ?? placed(request, recorded, () => viewOf(player, request.by));
      requests.push({ step: log.step, ...place });
      return place;
    },
    onEdit: ({ by, splice, before, edited }) =>
      log.edit({
        step: log.step,
        by,
        insertId: "",
        atMs: player.world.clock.now() - log.beganAtMs,
        index: splice.index,
        remove: splice.remove,
        insert: splice.insert,
        before,
        refusal: edited.isAccepted ? null : edited.reason,
        viewDiffered: viewOfEdit !== null && viewOfEdit !== before,
      }),
  });
  try {
    const world = player.world;
    await player.begin();
    log.begin(world);
    log.look(player);
    const unsubscribe = world.onLink((link, isCut) => log.linkChanged(world, link, isCut));
    for (const [n, { atMs, action }] of script.actions.entries()) {
      log.step = n;
      await player.act(atMs, action, writerAfter(script, n));
      log.look(player);
    }
    log.step = script.actions.length;
    const played = await player.end();
    log.look(player);
    unsubscribe();
    return log.finish(world, played, requests);
  } finally {
    player.close();
  }
}

function placed(request: EditRequest, recorded: string | null, view: () => string): { readonly pos: number; readonly len: number } {
  const { pos, len, isAtCaret } = request;
  return { pos: recorded === null || isAtCaret ? pos : placeIn(view(), recorded, pos), len };
}

function viewOf(player: Player, by: ReplicaName): string {
  return player.members.get(by)?.note.text() ?? "";
}

/** Collects what a run is. */
class RunLog {
  step = -1;
  beganAtMs = 0;
  #beganAtEntry = 0;
  #between: Stage["nodeTraffic"] = null;
  #lastHealMs = -Infinity;
  readonly #weighEvery: number;
  readonly #cut = new Set<string>();
  readonly #edits: RunEdit[] = [];
  readonly #views: RunView[] = [];
  readonly #stepEndMs: number[] = [];
  readonly #latest = new Map<Holder, string>();
  #metadataBytesMax = 0;

  constructor(steps: number) {
    this.#weighEvery = Math.max(1, Math.ceil(steps / MOMENTS_MAX));
  }

  begin(world: Stage): void {
    this.beganAtMs = world.clock.now();
    this.#beganAtEntry = world.journal.written;
    this.#between = world.nodeTraffic === null ? null : { ...world.nodeTraffic };
    for (const member of world.members) if (world.isCut(member)) this.#cut.add(member.id);
  }

  edit(edit: RunEdit): void {
    this.#edits.push(edit);
  }

  linkChanged(world: Stage, link: string, isCut: boolean): void {
    if (isCut) this.#cut.add(link);
    else if (this.#cut.delete(link)) this.#lastHealMs = world.clock.now();
  }

  look(player: Player): void {
    const see = (holder: Holder, text: string): void => {
      if (this.#latest.get(holder) === text) return;
      this.#latest.set(holder, text);
      this.#views.push({ step: this.step, edits: this.#edits.length, holder, text });
    };
    for (const [name, { note }] of player.members) see(name, note.text());
    see(NODE_HOLDER, player.world.node.replica.text());
    if (this.step % this.#weighEvery === 0) this.#weigh(player.world);
    this.#stepEndMs.push(player.world.clock.now() - this.beganAtMs);
  }

  #weigh({ node }: Stage): { readonly stateBytes: number; readonly textBytes: number } {
    const stateBytes = node.replica.since(EMPTY_BYTES).length;
    const textBytes = new TextEncoder().encode(node.replica.text()).length;
    this.#metadataBytesMax = Math.max(this.#metadataBytesMax, stateBytes - textBytes);
    return { stateBytes, textBytes };
  }

  #betweenNodes({ nodeTraffic }: Stage): Traffic["between"] {
    const before = this.#between;
    if (nodeTraffic === null || before === null) return null;
    return { messages: nodeTraffic.messages - before.messages, bytes: nodeTraffic.bytes - before.bytes };
  }

  finish(world: Stage, played: Played, requests: Run["requests"]): Run {
    const entries = world.journal.since(this.#beganAtEntry);
    const node = world.node.replica;
    const { events, tombstones } = node.stats();
    const ids = insertIdsOf(entries);
    const edits = this.#edits.map((edit, n) => ({ ...edit, insertId: ids[n] ?? "" }));
    return {
      played,
      edits,
      requests,
      views: this.#views,
      stepEndMs: this.#stepEndMs,
      traffic: { ...trafficOf(entries), between: this.#betweenNodes(world) },
      size: {
        ...this.#weigh(world),
        metadataBytesMax: this.#metadataBytesMax,
        items: node.inspect().items.length,
        events,
        tombstones,
      },
      agreedAfterMs: played.isConverged ? agreedAfter(entries, this.#lastHealMs) : null,
      losses: played.losses,
    };
  }
}

/** The ids of the intents of the script's replicas, in order: one for each edit of the run. */
function insertIdsOf(entries: readonly JournalEntry[]): string[] {
  return entries.flatMap((entry) =>
    entry.kind === "intent" && replicaNumber(entry.replica) <= REPLICA_NAMES.length ? [entry.insertIds[0] ?? ""] : [],
  );
}

function trafficOf(entries: readonly JournalEntry[]): Omit<Traffic, "between"> {
  let [messages, bytes, noteMessages] = [0, 0, 0];
  for (const entry of entries) {
    if (entry.kind === "entered") {
      messages++;
      bytes += entry.bytes;
    } else if (entry.kind === "sent" && (entry.hop === "provider" || entry.hop === "session") && !CHATTER.has(entry.frame)) noteMessages++;
  }
  return { messages, bytes, noteMessages };
}

/** From the last heal or edit until the last copy changed. */
function agreedAfter(entries: readonly JournalEntry[], lastHealMs: number): number {
  let [fromMs, untilMs] = [lastHealMs, -Infinity];
  for (const entry of entries) {
    if (entry.kind === "intent") fromMs = Math.max(fromMs, entry.atMs);
    else if (entry.kind === "applied" || entry.kind === "merged") untilMs = Math.max(untilMs, entry.atMs);
  }
  return Number.isFinite(fromMs) && untilMs > fromMs ? untilMs - fromMs : 0;
}
