/** A cluster whose note is a list of words with one order, writers that ask again until they are answered, and the history of it all. */

import type { Prng } from "../../crdt/base/prng.ts";
import { pick } from "../../crdt/base/prng.ts";
import type { ClusterNode } from "../../crdt/cluster/cluster-node.ts";
import type { LogEntry } from "../../crdt/cluster/node-store.ts";
import type { LogHost, OrderedLog } from "../../crdt/cluster/ordered-log.ts";
import { lwwNoteStrategy } from "../../crdt/strategy/lww-note-strategy.ts";
import type { Strategy } from "../../crdt/strategy/strategy.ts";
import { ClusterWorld, type ClusterWorldOptions, NOTE } from "./cluster-world.ts";
import { LogHistory } from "./log-history.ts";
import { calm, type Nemesis } from "./nemeses.ts";

/** Only its traits count: nobody opens a room of it here. */
const ORDERED: Strategy = { ...lwwNoteStrategy, traits: { ...lwwNoteStrategy.traits, isAvailable: false } };
const TTL_MS = 2_000;
const RETRY_MS = 1_500;

/** The smallest relay with one order: an entry is a word, and a word that is there already is not appended again. */
class WordList implements LogHost {
  readonly words: string[] = [];
  readonly #node: ClusterNode;
  readonly #onWord: (word: string, position: number, entry: LogEntry) => void;
  readonly #onLed: (token: number) => void;
  /** Appended and not committed yet. */
  readonly #pending = new Set<string>();
  log: OrderedLog | null = null;

  constructor(node: ClusterNode, onWord: (word: string, position: number, entry: LogEntry) => void, onLed: (token: number) => void) {
    this.#node = node;
    this.#onWord = onWord;
    this.#onLed = onLed;
    node.order(NOTE, ORDERED.name, this, (log) => (this.log = log));
  }

  /** Returns null, or why it cannot be taken now. */
  propose(word: string): string | null {
    if (this.log === null) return "Starting";
    if (this.log.isLeading) this.onProposal(new TextEncoder().encode(word));
    else if (!this.log.handOver(new TextEncoder().encode(word))) return this.log.authority.reason();
    return null;
  }

  onProposal(bytes: Uint8Array): void {
    const word = new TextDecoder().decode(bytes);
    if (this.log?.isLeading !== true || this.#pending.has(word) || this.words.includes(word)) return;
    this.#pending.add(word);
    this.log.append(bytes);
  }

  onCommitted(entry: LogEntry, position: number): void {
    const word = new TextDecoder().decode(entry.bytes);
    this.words.push(word);
    this.#pending.delete(word);
    this.#onWord(word, position, entry);
  }

  onLed(): void {
    const token = this.log?.authority.token();
    if (token != null) this.#onLed(token);
  }

  onDeposed(): void {
    this.#pending.clear();
  }

  get node(): ClusterNode {
    return this.#node;
  }
}

export class OrderedWorld extends ClusterWorld {
  readonly history = new LogHistory();
  /** What a node without authority has answered. */
  readonly refusals = new Set<string>();
  readonly #lists: Map<string, WordList>;
  readonly #open = new Map<string, { readonly node: string; cancel: () => void }>();
  #words = 0;

  constructor(options: Omit<ClusterWorldOptions, "strategy">) {
    const lists = new Map<string, WordList>();
    const late: { world?: OrderedWorld } = {};
    let life = 0;
    // Nodes begin within the constructor of the world; what they say comes after it.
    const onStart = (node: ClusterNode): void => {
      const [id, thisLife] = [node.id, ++life];
      const list = new WordList(
        node,
        (word, position, { token }) => late.world?.onWord(list, { node: id, life: thisLife, position, token, op: word }),
        (token) => late.world?.onLed(token, id),
      );
      lists.set(id, list);
    };
    super({ ttlMs: TTL_MS, ...options, strategy: ORDERED, onStart });
    this.#lists = lists;
    late.world = this;
  }

  /** The list of the node that runs; null when it is down. */
  list(id: string): WordList | null {
    const list = this.#lists.get(id);
    return list !== undefined && this.cluster.ids.some((node) => node === id && this.cluster.node(node) === list.node) ? list : null;
  }

  /** A writer on `node` has a word; it asks again, at any node, until it is answered. */
  write(node: string, prng: Prng, word = `w${++this.#words}`): string {
    this.history.invoke(word, this.clock.now());
    const ask = (at: string): void => {
      const list = this.list(at);
      if (list?.node.clock.isPaused === false) {
        const refusal = list.propose(word);
        if (refusal !== null) this.refusals.add(refusal);
        // It had been committed before this asked.
        if (list.words.includes(word)) {
          this.#answered(word);
          return;
        }
      }
      const cancel = this.clock.setTimer(RETRY_MS, () => ask(pick(prng, this.cluster.ids)));
      this.#open.set(word, { node: at, cancel });
    };
    ask(node);
    return word;
  }

  isAnswered(word: string): boolean {
    return !this.#open.has(word);
  }

  onWord(list: WordList, entry: { node: string; life: number; position: number; token: number; op: string }): void {
    this.note(["committed", entry.node, entry.position, entry.token, entry.op, this.clock.now()]);
    this.history.committed(entry);
    if (this.#open.get(entry.op)?.node === entry.node && this.list(entry.node) === list) this.#answered(entry.op);
  }

  onLed(token: number, node: string): void {
    this.note(["led", node, token, this.clock.now()]);
    this.history.led(token, node);
  }

  finals(): Map<string, readonly string[]> {
    return new Map(this.cluster.ids.map((id) => [id, this.list(id)?.words ?? []]));
  }

  #answered(word: string): void {
    this.note(["answered", word, this.clock.now()]);
    this.history.ack(word, this.clock.now());
    this.#open.get(word)?.cancel();
    this.#open.delete(word);
  }
}

/** Half a minute of writing under a nemesis, then peace until everybody is answered. Returns what is wrong. */
export function stormOrdered(world: OrderedWorld, nemesis: Nemesis, seed: number | string): string[] {
  const prng = world.prng.stream(`nemesis ${seed}`);
  try {
    world.run(prng.int(0, 3_000));
    for (let step = 0; step < 40; step++) {
      world.write(pick(prng, world.cluster.ids), prng);
      if (prng.float() < 0.4) nemesis(world.cluster, prng);
      world.run(prng.int(1, 1_500));
    }
    calm(world.cluster);
    // Clocks may be 20 s apart, and a paused node may have held the lease.
    world.run(40_000);
    const last = world.cluster.ids.map((id) => world.write(id, prng));
    world.run(20_000);
    const out = world.history.check(world.finals());
    for (const word of last) if (!world.isAnswered(word)) out.push(`${word} is not answered 20 s after the heal`);
    return out;
  } catch (error) {
    if (error instanceof Error) return [`${error.name}: ${error.message}`];
    throw error;
  }
}
