/**
 * A failing list of steps, made small: first what came after the failure goes, then ever smaller pieces (Zeller and Hildebrandt,
 * Simplifying and Isolating Failure-Inducing Input), then replicas, then the steps themselves are made plainer.
 */

import { runWorld } from "./engine.ts";
import { CARET, type Delivery, END, type Step, type World } from "./steps.ts";

/** Worlds that one shrinking may run. */
const TRIES_MAX = 2_000;

export interface Shrunk {
  readonly world: World;
  readonly message: string;
  readonly tries: number;
}

export function shrink(failing: World, run: typeof runWorld = runWorld, triesMax = TRIES_MAX): Shrunk {
  let tries = 0;
  let message = "";
  const fails = (world: World): boolean => {
    if (tries >= triesMax) return false;
    tries++;
    const { failure } = run(world);
    if (failure !== null) message = failure.error.message;
    return failure !== null;
  };
  if (!fails(failing)) throw new RangeError("The world to shrink does not fail");
  let best = failing;
  const { failure } = run(failing);
  const cut = { ...failing, steps: failing.steps.slice(0, failure!.at + 1) };
  if (fails(cut)) best = cut;
  for (let isSmaller = true; isSmaller;) {
    const last = best;
    best = withFewerSteps(best, fails);
    best = withPlainerSteps(best, fails);
    for (let replicas = 1; replicas < best.replicas; replicas++) {
      const fewer = { ...best, replicas };
      if (fails(fewer)) best = fewer;
    }
    isSmaller = best !== last && tries < triesMax;
  }
  fails(best);
  return { world: best, message, tries };
}

function withFewerSteps(world: World, fails: (world: World) => boolean): World {
  let best = world;
  for (let size = best.steps.length >> 1; size >= 1; size >>= 1)
    for (let from = best.steps.length - size; from >= 0; from -= size) {
      const fewer = { ...best, steps: [...best.steps.slice(0, from), ...best.steps.slice(from + size)] };
      if (fails(fewer)) best = fewer;
    }
  return best;
}

function withPlainerSteps(world: World, fails: (world: World) => boolean): World {
  let best = world;
  for (let at = 0; at < best.steps.length; at++)
    for (const plainer of plainerThan(best.steps[at]!)) {
      const next = { ...best, steps: best.steps.with(at, plainer) };
      if (fails(next)) {
        best = next;
        break;
      }
    }
  return best;
}

/** What each may become, the plainest first. What a step is already, or what is less plain, is not among them, so this ends. */
const PLAIN_TEXTS = ["a", "ab", "abc", "\u{1f600}"];
const PLAIN_COUNTS = [1, 2];
const PLAIN_PLACES = [0, 1, END, CARET];

function before<T>(plain: readonly T[], held: T): readonly T[] {
  const at = plain.indexOf(held);
  return at < 0 ? plain : plain.slice(0, at);
}

function plainerThan(step: Step): Step[] {
  if (step.do === "type") {
    const { isBackward, ...forward } = step;
    const out: Step[] = before(PLAIN_TEXTS, step.text).map((text) => ({ ...step, text }));
    return [...out, ...(isBackward === true ? [forward] : []), ...before(PLAIN_PLACES, step.where).map((where) => ({ ...step, where }))];
  }
  if (step.do === "erase") {
    const { isBackward, ...forward } = step;
    const out: Step[] = before(PLAIN_COUNTS, step.count).map((count) => ({ ...step, count }));
    return [...out, ...(isBackward === true ? [forward] : []), ...before(PLAIN_PLACES, step.where).map((where) => ({ ...step, where }))];
  }
  if (step.do !== "deliver") return [];
  const out: Step[] = before<Delivery>(["next", "sync"], step.how).map((how) => ({ ...step, how }));
  return step.pick === 0 ? out : [...out, { ...step, pick: 0 }];
}

/** A test to paste. `name` is its title. */
export function asTest({ world: { replicas, steps }, message }: Shrunk, name: string): string {
  const lines = steps.map((step) => {
    const fields = Object.entries(step).map(([key, value]) => `${key}: ${typeof value === "string" ? quoted(value) : String(value)}`);
    return `    { ${fields.join(", ")} },`;
  });
  return [
    'import { it } from "vitest";',
    'import { runSteps } from "./text/engine.ts";',
    "",
    `// ${message.replaceAll("\n", "\\n").slice(0, 300)}`,
    `it(${quoted(name)}, () => {`,
    `  runSteps(${replicas}, [`,
    ...lines,
    "  ]);",
    "});",
  ].join("\n");
}

/** As source, with everything beyond ASCII escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
