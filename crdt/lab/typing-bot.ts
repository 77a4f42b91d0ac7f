/**
 * Types like a person: in a rhythm, in words, with slips of the finger that it sees and mends, and now and then somewhere else
 * in the text. On the clock that it is given, from the seed that it is given.
 */

import type { CancelTimer, Clock } from "../base/clock.ts";
import { pick, type Prng } from "../base/prng.ts";
import { mapPosition, type Splice } from "../base/splice.ts";

const KEY_MS = 150;
const KEY_MS_DEVIATION = 40;
const KEY_MS_MIN = 40;
const SLIP_SHARE = 0.04;
/** Of sentences that are typed elsewhere. */
const MOVE_SHARE = 0.5;
/** How long it looks for the place before it types there. */
const LOOK_MS_MIN = 400;
const LOOK_MS_MAX = 1_400;
/** After an edit that was not taken. */
const REFUSED_MS = 1_000;
const LETTERS: readonly string[] = Array.from("abcdefghijklmnopqrstuvwxyz");

const SENTENCES: readonly string[] = [
  "Pack two pairs of socks and the good map.",
  "The ferry leaves at nine, so we meet at eight.",
  "Ask Bo whether the tent is dry.",
  "Bread, cheese, apples and a knife.",
  "Nobody has paid for the cabin yet.",
  "If it rains we take the lower path.",
  "Remember the keys and the spare lamp.",
  "We should be back on Sunday evening.",
];

export interface TypingBotOptions {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly text: () => string;
  /** Puts a splice in, with the caret as it is after it. Returns whether it was taken. */
  edit(splice: Splice, caret: number): boolean;
  /** The caret went elsewhere. */
  move(caret: number): void;
  /** An edit was not taken: where there is a lock, it is time to ask for it. */
  onRefused(): void;
  /** A sentence is done: whoever holds a lock may give it up. */
  onPause(): void;
}

type Key = { readonly kind: "type"; readonly text: string } | { readonly kind: "erase" } | { readonly kind: "pause" };

export class TypingBot {
  readonly #options: TypingBotOptions;
  readonly #keys: Key[] = [];
  #caret = 0;
  #cancel: CancelTimer | null = null;

  constructor(options: TypingBotOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#cancel !== null;
  }

  /** Begins at `caret`. Does nothing where it is typing already. */
  start(caret: number): void {
    if (this.#cancel !== null) return;
    this.#caret = caret;
    this.#keys.length = 0;
    this.#later(this.#rhythm());
  }

  /** Lets go of the keyboard at once, in the middle of a word if need be. No timer is left. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  /** What others did to the text moves its caret. */
  onRemote(splices: readonly Splice[]): void {
    this.#caret = mapPosition(this.#caret, splices, -1);
  }

  #later(delayMs: number): void {
    this.#cancel = this.#options.clock.setTimer(delayMs, () => this.#press());
  }

  #press(): void {
    if (this.#keys.length === 0) {
      const isElsewhere = this.#plan();
      if (isElsewhere) return this.#later(this.#options.prng.int(LOOK_MS_MIN, LOOK_MS_MAX));
    }
    const [key] = this.#keys;
    if (key === undefined) return this.#later(this.#rhythm());
    if (key.kind === "pause") {
      this.#keys.shift();
      this.#options.onPause();
      return this.#later(this.#options.prng.int(LOOK_MS_MIN, LOOK_MS_MAX));
    }
    if (!this.#type(key)) {
      this.#options.onRefused();
      return this.#later(REFUSED_MS);
    }
    this.#keys.shift();
    this.#later(this.#rhythm());
  }

  #type(key: Exclude<Key, { kind: "pause" }>): boolean {
    const length = this.#options.text().length;
    const at = Math.min(this.#caret, length);
    if (key.kind === "erase") {
      if (at === 0) return true;
      if (!this.#options.edit({ index: at - 1, remove: 1, insert: "" }, at - 1)) return false;
      this.#caret = at - 1;
      return true;
    }
    if (!this.#options.edit({ index: at, remove: 0, insert: key.text }, at + key.text.length)) return false;
    this.#caret = at + key.text.length;
    return true;
  }

  /** Thinks of the next sentence, and returns whether it will be typed in another place. */
  #plan(): boolean {
    const { prng, text } = this.#options;
    for (const letter of `${pick(prng, SENTENCES)} `) {
      if (letter !== " " && prng.float() < SLIP_SHARE) this.#keys.push({ kind: "type", text: pick(prng, LETTERS) }, { kind: "erase" });
      this.#keys.push({ kind: "type", text: letter });
    }
    this.#keys.push({ kind: "pause" });
    if (prng.float() >= MOVE_SHARE) return false;
    this.#caret = wordBorder(text(), prng);
    this.#options.move(this.#caret);
    return true;
  }

  /** Near enough to normal: the sum of twelve even chances. Built of additions alone, so it is the same on every machine. */
  #rhythm(): number {
    let sum = -6;
    for (let n = 0; n < 12; n++) sum += this.#options.prng.float();
    return Math.max(KEY_MS_MIN, Math.round(KEY_MS + KEY_MS_DEVIATION * sum));
  }
}

/** Behind a space or line break, or at either end. */
function wordBorder(text: string, prng: Prng): number {
  const at = prng.int(0, text.length + 1);
  const border = text.slice(at).search(/[ \n]/);
  return border < 0 ? text.length : at + border + 1;
}
