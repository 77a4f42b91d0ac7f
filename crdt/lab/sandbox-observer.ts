/**
 * What there is to see of a sandbox, now and at each moment of its past, as plain data (sandbox-views.ts). Looking changes nothing.
 */

import { hashText } from "../base/hash.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { contentsOf, hexOf, type InspectedMessage } from "../sync/inspect-frame.ts";
import type { SandboxEditors } from "./sandbox-editors.ts";
import type { SandboxLog } from "./sandbox-log.ts";
import { nodeView } from "./sandbox-nodes.ts";
import type { MessageView, MomentView, NodeView, ReplicaFacts, ReplicaView } from "./sandbox-views.ts";
import { nameAt, type SandboxWorld } from "./sandbox-world.ts";
import { type Present, wireOf } from "./world-history.ts";

export class SandboxObserver {
  readonly #world: SandboxWorld;
  readonly #log: SandboxLog;
  readonly #editors: SandboxEditors;
  readonly #describe: NonNullable<Strategy["describe"]>;
  /** Of each replica the text that was hashed last. */
  readonly #hashes: { text: string; hash: string }[];

  constructor(world: SandboxWorld, log: SandboxLog, editors: SandboxEditors) {
    const { replicas, startText } = world.options;
    this.#world = world;
    this.#log = log;
    this.#editors = editors;
    this.#describe = world.strategy.describe ?? (() => []);
    this.#hashes = Array.from({ length: replicas }, () => ({ text: startText, hash: hashText(startText) }));
  }

  /** What is on its way: by connection, up before down, the first to arrive first. */
  messages(): MessageView[] {
    const { wires, nodes, beganAtMs } = this.#world;
    return wires.messages().map(({ message, from, to, frame, enteredAtMs, dueMs, share }) => ({
      message,
      from,
      to,
      name: nodes.frameName(from, to, frame),
      bytes: frame.length,
      sentAtMs: enteredAtMs - beganAtMs,
      dueMs: dueMs === null ? null : dueMs - beganAtMs,
      share,
    }));
  }

  /** A message on its way, decoded; null where it is not on its way any more. */
  inspect(message: number): InspectedMessage | null {
    const { wires, nodes, nodeLane } = this.#world;
    const found = wires.messages().find((each) => each.message === message);
    if (found === undefined) return null;
    const { from, to, frame } = found;
    const isOfNodes = from >= nodeLane && to >= nodeLane;
    const contents = isOfNodes ? [] : contentsOf(frame, this.#describe);
    return { message, hex: hexOf(frame), lines: nodes.frameLines(from, to, frame), contents };
  }

  /** A replica, counted from 0. Cost: linear in its text where that has changed. @throws RangeError where there is no such replica. */
  view(replica: number): ReplicaView {
    const text = this.#log.time.textOf(replica);
    return { ...this.#factsOf(replica), hash: this.#hashOf(replica, text), length: text.length, carets: this.#editors.caretsOn(replica) };
  }

  /** The nodes, S1 first. */
  nodes(): NodeView[] {
    const { nodes, hand } = this.#world;
    return nodes.views(hand.fieldsOf("S1"));
  }

  /** All but the replicas' texts and the messages: what is kept of each moment. */
  present(): Present {
    const { options, wires, nodes, hand, stage, isHeld } = this.#world;
    const stopped = wires.stopped().map(({ from, to }) => wireOf(from, to));
    return {
      replicas: Array.from({ length: options.replicas }, (_, replica) => this.#factsOf(replica)),
      nodes: nodes.facts(hand.fieldsOf("S1")),
      nodeTexts: nodes.texts(),
      nodeLinks: nodes.links(),
      stopped: [...new Set(stopped)].sort(),
      isHeld,
      losses: stage.losses.length,
    };
  }

  /** The world as it was after event `n`; -1: at the beginning. @throws RangeError where there is no such event. */
  momentAt(n: number): MomentView {
    const { time, history } = this.#log;
    const texts = Array.from({ length: this.#world.options.replicas }, (_, replica) => time.textAt(replica, n));
    this.#log.noteWorld();
    const { replicas, nodes, nodeTexts, nodeLinks, isHeld, losses } = history.at(n);
    return {
      n,
      atMs: time.events[n]?.atMs ?? 0,
      texts,
      groups: time.agreementAt(n).groups,
      replicas: replicas.map((facts, replica) => {
        const text = texts[replica]!;
        return { ...facts, hash: hashText(text), length: text.length, carets: [] };
      }),
      nodes: nodes.map((facts, node) => nodeView(facts, nodeTexts[node] ?? null)),
      nodeLinks,
      messages: history.messagesAt(n, time.events, this.messages()),
      isHeld,
      losses,
    };
  }

  #factsOf(replica: number): ReplicaFacts {
    const { stage, nodes, hand, beganAtMs } = this.#world;
    const { note, id, wall } = this.#world.member(replica);
    const { connection, unsaved, pause, draft } = note.session.status();
    const { up, down } = stage.board.get(id);
    const lock = note.replica.lock?.state() ?? null;
    return {
      connection,
      unsaved,
      pause,
      isBot: this.#editors.isBot(replica),
      up,
      down,
      clockOffsetMs: wall.offsetMs,
      lock: lock === null ? null : { ...lock, expiresAtMs: lock.expiresAtMs - beganAtMs },
      node: nodes.homeOf(id),
      draft,
      fields: hand.fieldsOf(nameAt(replica)),
    };
  }

  #hashOf(replica: number, text: string): string {
    const held = this.#hashes[replica]!;
    if (held.text !== text) this.#hashes[replica] = { text, hash: hashText(text) };
    return this.#hashes[replica]!.hash;
  }
}
