/**
 * What a room answers whoever asks what they lack of the note: made once for all who know nothing, a little in each turn
 * where there is much of it, or elsewhere where it takes a document that is not here.
 */

import { equalBytes } from "../base/bytes.ts";
import { DecodeError } from "../base/errors.ts";
import { stepsOf } from "../base/steps.ts";
import type { Relay } from "../strategy/strategy.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { encodeFrame, encodePieces, piecesOf } from "./frames.ts";
import { PIECE_BYTES_MAX } from "./limits.ts";

/** Copied in one step. */
const COPIED_BYTES_MAX = 1024 * 1024;

/** What the frame that brings somebody up to date is called: by who asked, or by who makes up for what was not sent. */
export type AnswerType = "update" | "sync-step-2";

export interface AnswersOptions {
  readonly relay: Relay;
  /** Without it everything is made here. */
  readonly elsewhere?: Elsewhere | null;
  /** Runs `task` in a later turn. */
  defer(task: () => void): void;
}

/** In whole frames, and in pieces once somebody asks for those. */
interface Answer {
  readonly whole: readonly Uint8Array[];
  pieced: readonly Uint8Array[] | null;
}

/** Makes the frames. @throws DecodeError when the version makes no sense. */
type Make = () => readonly Uint8Array[];

/** Who waits for an answer. */
interface Taker {
  readonly inPieces: boolean;
  readonly take: (make: Make) => void;
  readonly isGone: () => boolean;
}

/** An answer that is made in steps, of the moment when the first one is taken. */
interface Task {
  readonly version: Uint8Array;
  readonly type: AnswerType;
  readonly takers: Taker[];
  steps: Generator<void, Answer> | null;
  /** Whether there was an update since it was begun. */
  isOld: boolean;
}

export class Answers {
  readonly #options: AnswersOptions;
  /** To a version that knows nothing, until the next update. */
  #known: Answer | null = null;
  /** One after the other, a step in a turn: many who come back at once each lack something else. */
  readonly #tasks: Task[] = [];
  #isClosed = false;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** The frames that bring the holder of `version` up to date; the last one of `type`. In pieces: each fits into one message of a tab. */
  now(version: Uint8Array, type: AnswerType, inPieces: boolean): readonly Uint8Array[] {
    if (!isNothing(version)) return framesIn(this.#make(version, type), inPieces);
    return framesIn((this.#known ??= this.#make(version, "sync-step-2")), inPieces);
  }

  /**
   * The same, handed over now, or in a later turn where it takes long. What comes meanwhile is news on top of it. `isGone`: whether
   * nobody wants it any more: then it is not begun.
   */
  soon(version: Uint8Array, type: AnswerType, inPieces: boolean, take: (make: Make) => void, isGone: () => boolean): void {
    const { relay, elsewhere } = this.#options;
    const here = (): readonly Uint8Array[] => this.now(version, type, inPieces);
    if (elsewhere != null && relay.isLaborious?.(version) === true) {
      const isWanted = (): boolean => !this.#isClosed && !isGone();
      const taken = (update: Uint8Array | null): void => {
        if (isWanted()) take(update === null ? here : () => framesIn(answerOf(update, type), inPieces));
      };
      elsewhere.since(version, taken, isWanted);
      return;
    }
    if (relay.sinceInSteps === undefined || (isNothing(version) && this.#known !== null)) return take(here);
    const same = this.#tasks.find((task) => !task.isOld && isSame(task.version, version) && task.type === type);
    if (same !== undefined) {
      same.takers.push({ inPieces, take, isGone });
      return;
    }
    const task: Task = { version, type, takers: [{ inPieces, take, isGone }], steps: null, isOld: false };
    this.#tasks.push(task);
    if (this.#tasks.length === 1) this.#step();
  }

  /** There is news: what is known, or being made, no longer says everything. */
  onNews(): void {
    this.#known = null;
    const [task] = this.#tasks;
    if (task?.steps != null) task.isOld = true;
  }

  /** Nothing is handed over any more. */
  close(): void {
    this.#isClosed = true;
    this.#known = null;
    this.#tasks.length = 0;
  }

  /** Of the first task: what takes no more than one step is handed over at once, to whoever has just asked or waited for its turn. */
  #step(): void {
    while (this.#tasks[0]?.steps === null && this.#tasks[0].takers.every(({ isGone }) => isGone())) this.#tasks.shift();
    const [task] = this.#tasks;
    if (task === undefined) return;
    task.steps ??= this.#begin(task);
    const step = task.steps?.next() ?? null;
    if (step !== null && step.done !== true) return this.#later(() => this.#step());
    this.#tasks.shift();
    if (this.#tasks.length > 0) this.#later(() => this.#step());
    if (step === null) {
      for (const { inPieces, take } of task.takers) take(() => this.now(task.version, task.type, inPieces));
      return;
    }
    if (isNothing(task.version) && !task.isOld) this.#known = step.value;
    this.#handOver(step.value, task);
  }

  /** null: it takes no steps, or the version makes no sense, which whoever has asked is told. */
  #begin(task: Task): Generator<void, Answer> | null {
    try {
      const steps = this.#options.relay.sinceInSteps?.(task.version) ?? null;
      return steps === null ? null : answerInSteps(steps, task);
    } catch (error) {
      if (error instanceof DecodeError) return null;
      throw error;
    }
  }

  /** To one in a turn, so that a crowd does not hold up the rooms beside this one. */
  #handOver(answer: Answer, task: Task): void {
    const { takers } = task;
    const next = takers.shift();
    if (next === undefined) return;
    next.take(() => framesIn(answer, next.inPieces));
    if (takers.length > 0) this.#later(() => this.#handOver(answer, task));
  }

  #later(task: () => void): void {
    this.#options.defer(() => {
      if (!this.#isClosed) task();
    });
  }

  #make(version: Uint8Array, type: AnswerType): Answer {
    const { relay } = this.#options;
    const updates = relay.pieces?.(version) ?? [relay.since(version)];
    return { whole: updates.map((update, at) => encodeFrame({ type: at === updates.length - 1 ? type : "update", update })), pieced: null };
  }
}

/** Whether it is the version of a copy that knows nothing. */
function isNothing(version: Uint8Array): boolean {
  return version.length <= 1;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return (isNothing(a) && isNothing(b)) || equalBytes(a, b);
}

function answerOf(update: Uint8Array, type: AnswerType): Answer {
  return { whole: [encodeFrame({ type, update })], pieced: null };
}

/** The frame of much is a copy, and so are its pieces: they have steps of their own. */
function* answerInSteps(steps: Generator<void, Uint8Array>, { version, type, takers }: Task): Generator<void, Answer> {
  const update = yield* steps;
  const isLarge = update.length > COPIED_BYTES_MAX;
  if (isLarge) yield;
  const answer = answerOf(update, isNothing(version) ? "sync-step-2" : type);
  if (!isLarge || !takers.some(({ inPieces }) => inPieces)) return answer;
  const pieces: Uint8Array[] = [];
  const isStepOver = stepsOf(COPIED_BYTES_MAX);
  yield;
  for (const frame of answer.whole)
    for (const piece of piecesOf(frame)) {
      pieces.push(piece);
      if (isStepOver(piece.length)) yield;
    }
  return { ...answer, pieced: pieces };
}

function framesIn(answer: Answer, inPieces: boolean): readonly Uint8Array[] {
  return inPieces ? (answer.pieced ??= answer.whole.flatMap(pieced)) : answer.whole;
}

function pieced(frame: Uint8Array): readonly Uint8Array[] {
  return frame.length > PIECE_BYTES_MAX ? encodePieces(frame) : [frame];
}
