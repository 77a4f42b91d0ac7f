/** Types much faster than people do, so that a small token bucket runs dry. No React in here. */

const WORDS = "the quick brown fox jumps over the lazy dog and drains the bucket ";
export const BOT_KEYS_PER_S = 200;
/** It stops by itself. */
export const BOT_MS = 15_000;
const STEP_MS = 10;

export interface TypingBot {
  /** Keys since it was started. */
  readonly keys: number;
  stop(): void;
}

/** Calls `type` with a character, 200 times a second on average, for 15 s; `onStep` after each few, and once more at the end. */
export function startTypingBot(type: (key: string) => void, onStep: (keys: number, isRunning: boolean) => void): TypingBot {
  const fromMs = performance.now();
  let keys = 0;
  const stop = (): void => {
    clearInterval(timer);
    onStep(keys, false);
  };
  const timer = setInterval(() => {
    const elapsedMs = Math.min(BOT_MS, performance.now() - fromMs);
    for (const due = Math.floor((elapsedMs * BOT_KEYS_PER_S) / 1_000); keys < due; keys++) type(WORDS[keys % WORDS.length]!);
    if (elapsedMs >= BOT_MS) stop();
    else onStep(keys, true);
  }, STEP_MS);
  return {
    get keys() {
      return keys;
    },
    stop,
  };
}
