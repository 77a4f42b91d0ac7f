/**
 * What there was to see of a world after each event of its run, besides the replicas' texts (time-machine.ts): replicas and nodes,
 * the links between them, and which messages were on their way. Everything is kept where it changes, so any moment is a few
 * look-ups away. Written by a run in order; what it keeps is plain data.
 */

import { Changes } from "./changes.ts";
import type { MessageView, NodeFacts, NodeLinkView, ReplicaFacts } from "./sandbox-views.ts";
import { replacement } from "./splice-words.ts";
import { TextHistory } from "./text-history.ts";
import type { RunEvent } from "./time-machine.ts";

/** A world at one moment. Its lists are in the order of lanes, and as long as there are replicas, nodes and links. */
export interface Present {
  readonly replicas: readonly ReplicaFacts[];
  readonly nodes: readonly NodeFacts[];
  /** What each node holds; null: nothing. */
  readonly nodeTexts: readonly (string | null)[];
  readonly nodeLinks: readonly NodeLinkView[];
  /** Wires on which nothing passes, by `wireOf`. */
  readonly stopped: readonly string[];
  readonly isHeld: boolean;
  /** How many writes had been thrown away. */
  readonly losses: number;
}

/** One direction between two lanes. */
export function wireOf(from: number, to: number): string {
  return `${from}>${to}`;
}

export class WorldHistory {
  readonly #replicas: readonly Changes<ReplicaFacts>[];
  readonly #nodes: readonly Changes<NodeFacts>[];
  readonly #nodeTexts: readonly TextHistory[];
  readonly #holdsText: readonly Changes<boolean>[];
  readonly #nodeLinks = new Changes<readonly NodeLinkView[]>();
  readonly #stopped = new Changes<readonly string[]>();
  readonly #isHeld = new Changes<boolean>();
  readonly #losses = new Changes<number>();

  constructor(replicas: number, nodes: number) {
    const each = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
    this.#replicas = each(replicas, () => new Changes<ReplicaFacts>());
    this.#nodes = each(nodes, () => new Changes<NodeFacts>());
    this.#nodeTexts = each(nodes, () => new TextHistory(""));
    this.#holdsText = each(nodes, () => new Changes<boolean>());
  }

  /** Events up to `n` have happened, and this is the world. Cost: linear in what there is to see, and in texts of nodes that have changed. */
  note(n: number, now: Present): void {
    for (const [replica, facts] of now.replicas.entries()) this.#replicas[replica]!.note(n, facts);
    for (const [node, facts] of now.nodes.entries()) {
      this.#nodes[node]!.note(n, facts);
      const text = now.nodeTexts[node] ?? null;
      this.#holdsText[node]!.note(n, text !== null);
      const history = this.#nodeTexts[node]!;
      const splice = text === null || text === history.text ? null : replacement(history.text, text);
      if (splice !== null) history.change(n, [splice]);
    }
    this.#nodeLinks.note(n, now.nodeLinks);
    this.#stopped.note(n, now.stopped);
    this.#isHeld.note(n, now.isHeld);
    this.#losses.note(n, now.losses);
  }

  /** The world after event `n`; of before the first one noted, as it was then. Cost: logarithmic, and a bounded share of the nodes' texts. */
  at(n: number): Present {
    return {
      replicas: this.#replicas.map((changes) => changes.at(n)),
      nodes: this.#nodes.map((changes) => changes.at(n)),
      nodeTexts: this.#nodeTexts.map((text, node) => (this.#holdsText[node]!.at(n) ? text.at(n) : null)),
      nodeLinks: this.#nodeLinks.at(n),
      stopped: this.#stopped.at(n),
      isHeld: this.#isHeld.at(n),
      losses: this.#losses.at(n),
    };
  }

  /**
   * The messages that were on their way after event `n` of `events`: by wire, the first to arrive first. `underway`: those that are so now. Each is
   * where it must have been to arrive when it did, as links let messages go and stop. Cost: linear in the events.
   */
  messagesAt(n: number, events: readonly RunEvent[], underway: readonly MessageView[]): MessageView[] {
    const open = new Map<number, RunEvent>();
    for (let at = 0; at <= n; at++) {
      const event = events[at]!;
      if (event.kind === "sent") open.set(event.message, event);
      else if (event.message >= 0) open.delete(event.message);
    }
    if (open.size === 0) return [];
    const nowMs = events[n]!.atMs;
    const latest = events.at(-1)!;
    const ends = new Map<number, { readonly n: number; readonly atMs: number; readonly share: number }>();
    for (const { message, share, dueMs } of underway)
      ends.set(message, { n: latest.n, atMs: dueMs ?? latest.atMs, share: dueMs === null ? share : 1 });
    for (let at = n + 1; at < events.length; at++) {
      const { message, kind, atMs } = events[at]!;
      if (message >= 0 && kind !== "sent" && open.has(message)) ends.set(message, { n: at, atMs, share: 1 });
    }
    const views = [...open.values()].map(({ n: sent, atMs: sentAtMs, message, from, to, words: name, bytes }) => {
      const end = ends.get(message) ?? { n: latest.n, atMs: latest.atMs, share: 1 };
      const isStopped = this.#stopped.at(n).includes(wireOf(from, to));
      const share = shareAt(nowMs, this.#passages(wireOf(from, to), sent, end, events), end.share);
      return { message, from, to, name, bytes, sentAtMs, dueMs: isStopped ? null : end.atMs, share };
    });
    return views.sort(byWire);
  }

  /** When the wire let pass, from an event to an end. */
  #passages(wire: string, sent: number, end: { readonly n: number; readonly atMs: number }, events: readonly RunEvent[]): Passage[] {
    const stretches = this.#stopped.within(sent, end.n);
    return stretches.flatMap(({ from, value }, at) => {
      const next = stretches[at + 1];
      const untilMs = next === undefined ? end.atMs : events[next.from]!.atMs;
      return value.includes(wire) ? [] : [{ fromMs: events[from]!.atMs, untilMs }];
    });
  }
}

/** Wires of replicas before those between nodes, whose lanes are higher; of one wire the first to arrive first, and what is held last. */
function byWire(a: MessageView, b: MessageView): number {
  const [aDueMs, bDueMs] = [a.dueMs ?? Number.MAX_VALUE, b.dueMs ?? Number.MAX_VALUE];
  return Math.min(a.from, a.to) - Math.min(b.from, b.to) || a.from - b.from || aDueMs - bDueMs || a.message - b.message;
}

interface Passage {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * How much of its way a message had behind it, of which `share` was done in all passages together. Where it was stopped on its way, what
 * was left took as long as all of it would have.
 */
function shareAt(nowMs: number, passages: readonly Passage[], share: number): number {
  const goneMs = ({ fromMs, untilMs }: Passage): number => Math.max(0, Math.min(nowMs, untilMs) - fromMs);
  const last = passages.at(-1);
  if (last === undefined) return 0;
  if (share < 1) {
    const wholeMs = passages.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
    return wholeMs === 0 ? 0 : (share * passages.reduce((sum, passage) => sum + goneMs(passage), 0)) / wholeMs;
  }
  const wholeMs = last.untilMs - last.fromMs;
  if (wholeMs === 0) return 0;
  return passages.reduce((behind, passage) => behind + (1 - behind) * Math.min(1, goneMs(passage) / wholeMs), 0);
}
