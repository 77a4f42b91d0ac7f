/**
 * A run of the sandbox cut into stretches, from one moment at which everybody agreed and nothing was on its way to the next: what was
 * typed and done in between is a script that begins with that text. Whoever looks for anomalies has as much work as there was news,
 * however long the run. A stretch is what the run was only where, played again, the same texts come out: what a copy knows
 * of before (stamps of the future, undo stacks) is not in it. Where they do not, the run from its beginning may tell more.
 */

import { applySplices, type Splice } from "../base/splice.ts";
import { actionsOf, editsOf } from "./record-script.ts";
import type { Acted, TextOrigin } from "./sandbox-editors.ts";
import type { SandboxCommand } from "./sandbox-record.ts";
import type { Sandbox } from "./sandbox.ts";
import { NODE_NAMES, REPLICA_NAMES, type Script, type TimedAction } from "./script.ts";
import { isChatter, isChatterName } from "./time-machine.ts";

export interface Stretch {
  readonly script: Script;
  /** Virtual time of the run at which its script begins, and at which it ends. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** What every replica held then. */
  readonly texts: readonly string[];
  readonly isWhole: boolean;
}

/** Beyond so many edits, or so many characters of the texts that they were made in, a stretch is too long to be looked at beside the run. */
const EDITS_MAX = 300;
const UNITS_MAX = 600_000;
/** Where not everybody agrees: without news for so long, in virtual time, nothing more comes by itself. */
const QUIET_MS = 500;

export class Stretches {
  readonly #sandbox: Sandbox;
  readonly #shown: string[];
  readonly #first: Draft;
  #draft: Draft;
  /** Of the draft how often texts had changed when it was last taken. */
  #taken = 0;

  /** `sandbox`: at its beginning. */
  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.#shown = Array.from({ length: sandbox.options.replicas }, (_, replica) => sandbox.textOf(replica));
    this.#first = this.#draft = draftOf(sandbox, sandbox.options.startText);
  }

  /** A replica's text changed. */
  changed(replica: number, splices: readonly Splice[], origin: TextOrigin): void {
    const before = this.#shown[replica]!;
    this.#draft.changes++;
    if (origin === "person" || origin === "bot") this.#edit(replica, before, splices);
    this.#shown[replica] = applySplices(before, splices);
  }

  /** Somebody did something. */
  acted(command: SandboxCommand, acted: Acted): void {
    const { options } = this.#sandbox;
    if (command.do === "edit") {
      // Refused here, and perhaps not elsewhere; where a lock decides, whoever writes in a script is given it.
      if (acted !== null && this.#sandbox.view(command.by).lock === null) this.#edit(command.by, this.#shown[command.by]!, command.splices);
      return;
    }
    const names = REPLICA_NAMES.slice(0, options.replicas);
    const actions = command.do === "hold" ? this.#held(command.isHeld) : (actionsOf(command, names, options) ?? []);
    for (const action of actions) if (action.do !== "meta") this.#note(action);
  }

  /** What there is to look at now; null: nothing new, or not everything has come to rest. */
  take(): Stretch | "too long" | null {
    const draft = this.#draft;
    if (draft.edits === 0 || draft.changes === this.#taken || !this.#isQuiet()) return null;
    this.#taken = draft.changes;
    const stretch = this.#stretchOf(draft);
    if (!this.#isAgreed()) return stretch;
    // The next one begins here.
    this.#draft = draftOf(this.#sandbox, this.#shown[0]!);
    this.#taken = 0;
    return stretch;
  }

  /** All of the run so far; null: that is too long. */
  whole(): Stretch | null {
    const stretch = this.#stretchOf(this.#first);
    return stretch === "too long" ? null : stretch;
  }

  #edit(replica: number, view: string, splices: readonly Splice[]): void {
    for (const draft of this.#drafts) {
      draft.edits++;
      draft.units += view.length * splices.length;
    }
    for (const { action, view: own } of editsOf(REPLICA_NAMES[replica]!, 0, view, splices)) this.#note(action, own);
  }

  #note(action: TimedAction["action"], view?: string): void {
    for (const draft of this.#drafts) {
      if (isTooLong(draft)) draft.actions.length = 0;
      else draft.actions.push({ atMs: this.#sandbox.nowMs - draft.fromMs, action, ...(view === undefined ? {} : { view }) });
    }
  }

  get #drafts(): readonly Draft[] {
    return this.#draft === this.#first ? [this.#first] : [this.#first, this.#draft];
  }

  /** A held network as a cut of all that were not cut: nothing passes either way. */
  #held(isHeld: boolean): TimedAction["action"][] {
    return Array.from({ length: this.#sandbox.options.replicas }, (_, replica) => this.#sandbox.view(replica)).flatMap((view, replica) =>
      (["up", "down"] as const).flatMap((direction) =>
        view[direction].cut === "open"
          ? [{ do: "link", by: REPLICA_NAMES[replica]!, direction, set: { cut: isHeld ? "blackhole" : "open" } } as const]
          : [],
      ),
    );
  }

  #stretchOf(draft: Draft): Stretch | "too long" {
    if (isTooLong(draft)) return "too long";
    const { options, nowMs } = this.#sandbox;
    const { setup = {}, nodes = 1 } = options;
    return {
      fromMs: draft.fromMs,
      untilMs: nowMs,
      texts: [...this.#shown],
      isWhole: draft === this.#first,
      script: {
        id: "stretch",
        title: "A stretch of a run",
        lesson: "",
        seed: options.seed,
        startText: draft.startText,
        replicas: draft.replicas,
        ...(setup.clock === undefined ? {} : { clock: setup.clock }),
        ...(setup.mode === undefined ? {} : { mode: setup.mode }),
        ...(setup.undo === undefined ? {} : { undo: setup.undo }),
        ...(setup.hasFencing === undefined ? {} : { hasFencing: setup.hasFencing }),
        ...(nodes === 1 ? {} : { nodes }),
        startsCut: false,
        actions: [...draft.actions],
        strategies: [],
        expected: new Map(),
      },
    };
  }

  #isQuiet(): boolean {
    const sandbox = this.#sandbox;
    // What a cut holds back does not move.
    if (sandbox.isHeld || sandbox.messages().some(({ name, dueMs }) => dueMs !== null && !isChatterName(name))) return false;
    return this.#isAgreed() || sandbox.nowMs - lastNewsMs(sandbox) >= QUIET_MS;
  }

  /** Whether everybody holds the same, has it from a node that runs, and no link is cut. */
  #isAgreed(): boolean {
    const sandbox = this.#sandbox;
    return (
      this.#shown.every((text, replica) => text === this.#shown[0] && sandbox.view(replica).unsaved === 0) &&
      sandbox.nodes().every(({ state, text }) => state === "up" && (text === null || this.#shown[0]!.startsWith(text))) &&
      sandbox.nodeLinks().every(({ isCut }) => !isCut)
    );
  }
}

interface Draft {
  readonly fromMs: number;
  readonly startText: string;
  readonly replicas: Script["replicas"];
  /** Left empty once they are too many. */
  readonly actions: TimedAction[];
  edits: number;
  /** How often somebody's text changed. */
  changes: number;
  /** Of all texts that edits were made in. */
  units: number;
}

/** What begins now, everybody holding `startText`. */
function draftOf(sandbox: Sandbox, startText: string): Draft {
  const { options, nowMs } = sandbox;
  const { replicas, nodes = 1, setup = {} } = options;
  const views = Array.from({ length: replicas }, (_, replica) => sandbox.view(replica));
  return {
    fromMs: nowMs,
    startText,
    replicas: views.map(({ clockOffsetMs, node }, replica) => ({
      name: REPLICA_NAMES[replica]!,
      clockOffsetMs,
      driftPpm: setup.clocks?.[replica]?.driftPpm ?? 0,
      ...(nodes === 1 ? {} : { at: NODE_NAMES[node]! }),
    })),
    actions: views.flatMap((view, replica) =>
      (["up", "down"] as const).map((direction) => ({
        atMs: 0,
        action: { do: "link", by: REPLICA_NAMES[replica]!, direction, set: view[direction] } as const,
      })),
    ),
    edits: 0,
    changes: 0,
    units: 0,
  };
}

function isTooLong({ edits, units }: Draft): boolean {
  return edits > EDITS_MAX || units > UNITS_MAX;
}

/** When something last happened that is about the note. Cost: linear in what came after it. */
function lastNewsMs({ time: { events } }: Sandbox): number {
  for (let n = events.length - 1; n >= 0; n--) if (!isChatter(events[n]!) && events[n]!.kind !== "saved") return events[n]!.atMs;
  return 0;
}
