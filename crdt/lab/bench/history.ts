/**
 * What is replayed: histories of one writer and of several, recorded or made from a seed. Also what tests/bench replays.
 *
 * A history is played with one replica for each agent, so that every engine makes updates of its own: before each step the
 * agent's replica is given what the step builds on and has not had yet.
 */

import { createPrng } from "../../base/prng.ts";

/** In UTF-16 units, against the text as it is before. */
export type Patch = readonly [index: number, remove: number, insert: string];

/** One writer; each patch counts in the text that the one before leaves. */
export interface Trace {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly endContent: string;
}

export interface Step {
  readonly agent: number;
  /** Steps of others, ascending, that this agent's replica must be given first. */
  readonly pulls: readonly number[];
  /** Where `isRelative`, the index is a fraction of the length there; what it removes is cut at the end of the text. */
  readonly patches: readonly Patch[];
}

export interface History {
  readonly name: string;
  readonly agents: number;
  readonly steps: readonly Step[];
  readonly isRelative: boolean;
  /** The text that the recording ends in, under the order of the CRDT that made it. null: not recorded. */
  readonly endContent: string | null;
}

/** An entry of a recorded graph. */
export interface GraphTransaction {
  readonly parents: readonly number[];
  readonly agent: number;
  readonly patches: readonly Patch[];
}

/** @throws TypeError when `json` is not a trace of one writer. */
export function parseTrace(name: string, json: unknown): Trace {
  const { startContent, endContent, txns } = json as { startContent?: unknown; endContent?: unknown; txns?: { patches?: Patch[] }[] };
  if (typeof startContent !== "string" || typeof endContent !== "string" || !Array.isArray(txns))
    throw new TypeError(`${name} is not a trace of one writer: expected startContent, endContent and txns`);
  const start: Patch[] = startContent === "" ? [] : [[0, 0, startContent]];
  return { name, patches: [...start, ...txns.flatMap(({ patches }) => patches ?? [])], endContent };
}

/**
 * Steps from a graph in order of dependency.
 * @throws RangeError where an agent's transaction does not build on all that its replica has: one replica cannot play that.
 */
export function stepsOfGraph(transactions: readonly GraphTransaction[]): Step[] {
  const seen = new Map<number, Uint8Array>();
  const tips = new Map<number, Set<number>>();
  return transactions.map(({ agent, parents, patches }, index) => {
    const had = seen.get(agent) ?? new Uint8Array(transactions.length);
    const frontier = tips.get(agent) ?? new Set<number>();
    seen.set(agent, had);
    tips.set(agent, frontier);
    const pulls: number[] = [];
    const open = [...parents];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (had[at] === 1) continue;
      had[at] = 1;
      pulls.push(at);
      open.push(...transactions[at]!.parents);
    }
    pulls.sort((a, b) => a - b);
    for (const pulled of pulls) {
      for (const parent of transactions[pulled]!.parents) frontier.delete(parent);
      frontier.add(pulled);
    }
    if (frontier.size !== parents.length || parents.some((parent) => !frontier.has(parent)))
      throw new RangeError(
        `Transaction ${index} of agent ${agent} builds on [${parents.join()}], its replica has [${[...frontier].join()}]`,
      );
    frontier.clear();
    frontier.add(index);
    had[index] = 1;
    return { agent, pulls, patches };
  });
}

/** `agents` people who type runs at places of their own, and see what the others typed `latency` rounds before. */
export function typingTogether(options: { readonly agents: number; readonly events: number; readonly latency: number }): History {
  const { agents, events, latency } = options;
  const prng = createPrng(`together ${agents}`);
  const steps: Step[] = [];
  const rounds: number[][] = [];
  const carets = Array.from({ length: agents }, () => prng.float());
  for (let round = 0; steps.length < events; round++) {
    const made: number[] = [];
    const arrived = rounds[round - latency] ?? [];
    for (let agent = 0; agent < agents; agent++) {
      if (prng.float() < 0.03) carets[agent] = prng.float();
      const isDeletion = prng.float() < 0.15;
      made.push(steps.length);
      steps.push({
        agent,
        pulls: arrived.filter((at) => steps[at]!.agent !== agent),
        patches: [isDeletion ? [carets[agent]!, 1, ""] : [carets[agent]!, 0, letter(prng.int(0, 27))]],
      });
    }
    rounds.push(made);
  }
  return { name: `${agents} typing together (seeded)`, agents, steps, isRelative: true, endContent: null };
}

/**
 * Clones of one text that work on their own for long and pull from each other now and then, as a repository's branches do.
 * Each step is a commit of one to four hunks.
 */
export function longBranches(insertedUnits: number): History {
  const prng = createPrng("branches");
  const agents = 6;
  const steps: Step[] = [];
  const known = Array.from({ length: agents }, () => new Set<number>());
  const waiting = Array.from({ length: agents }, (): number[] => []);
  let agent = 0;
  for (let inserted = 0; inserted < insertedUnits;) {
    if (prng.float() < 0.05) agent = prng.int(0, agents);
    if (prng.float() < 0.012) {
      const from = prng.int(0, agents);
      for (const at of known[from]!) {
        if (known[agent]!.has(at)) continue;
        known[agent]!.add(at);
        waiting[agent]!.push(at);
      }
    }
    const place = prng.float();
    const patches = Array.from({ length: prng.int(1, 5) }, (): Patch => {
      const insert = prng.float() < 0.85 ? sentence(prng.int(0, 2 ** 31), prng.int(4, 130)) : "";
      const remove = insert === "" || prng.float() < 0.4 ? prng.int(1, 60) : 0;
      inserted += insert.length;
      return [Math.min(0.999, place + prng.float() * 0.002), remove, insert];
    });
    const pulls = waiting[agent]!.splice(0).sort((a, b) => a - b);
    known[agent]!.add(steps.length);
    steps.push({ agent, pulls, patches });
  }
  return { name: `long branches (seeded, ${insertedUnits.toLocaleString("en")} units)`, agents, steps, isRelative: true, endContent: null };
}

/** Two replicas that leave each other for `events` keystrokes, meet, and leave again, `total` keystrokes in all. */
export function partings(events: number, total: number): History {
  const prng = createPrng(`partings ${events}`);
  const steps: Step[] = [];
  let before: number[] = [];
  while (steps.length < total) {
    const made: number[] = [];
    for (let agent = 0; agent < 2; agent++) {
      let caret = prng.float();
      for (let n = 0; n < events; n++) {
        if (prng.float() < 0.02) caret = prng.float();
        const pulls = n === 0 ? before.filter((at) => steps[at]!.agent !== agent) : [];
        made.push(steps.length);
        steps.push({ agent, pulls, patches: [prng.float() < 0.1 ? [caret, 1, ""] : [caret, 0, letter(prng.int(0, 27))]] });
      }
    }
    before = made;
  }
  return { name: `partings of ${events} events (seeded)`, agents: 2, steps, isRelative: true, endContent: null };
}

/** Where a patch of a history falls in a text of that length. */
export function resolvePatch([index, remove, insert]: Patch, isRelative: boolean, length: number): Patch {
  if (!isRelative) return [index, remove, insert];
  const at = Math.floor(index * (length + 1));
  return [at, Math.min(remove, length - at), insert];
}

/** A writer made from a seed: types on, goes back, jumps. */
export function syntheticTrace(edits: number): Trace {
  const prng = createPrng("bench");
  const patches: Patch[] = [];
  let text = "";
  let caret = 0;
  for (let n = 0; n < edits; n++) {
    if (prng.float() < 0.01) caret = prng.int(0, text.length + 1);
    if (prng.float() < 0.2 && caret > 0) {
      caret--;
      patches.push([caret, 1, ""]);
      text = text.slice(0, caret) + text.slice(caret + 1);
    } else {
      const typed = letter(prng.int(0, 27));
      patches.push([caret, 0, typed]);
      text = text.slice(0, caret) + typed + text.slice(caret);
      caret++;
    }
  }
  return { name: "synthetic writer (seed bench)", patches, endContent: text };
}

export function letter(n: number): string {
  return "etaoinshrdlucmfwypvbgkjqxz ".charAt(n);
}

/** `length` units of words, from a seed. */
export function sentence(seed: number, length: number): string {
  const prng = createPrng(seed);
  let text = "";
  while (text.length < length) text += prng.float() < 0.17 ? " " : letter(prng.int(0, 26));
  return text;
}
