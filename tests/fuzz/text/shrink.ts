/**
 * A failing list of steps, made small: first what came after the failure goes, then ever smaller pieces (Zeller and Hildebrandt,
 * Simplifying and Isolating Failure-Inducing Input), then replicas, then the steps themselves are made plainer.
 */

import { runWorld } from "./engine.ts";
import { CARET, type Step, type World } from "./steps.ts";

/** Worlds that one shrinking may run. */
const TRIES_MAX = 4_000;

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
    const before = best;
    best = withFewerSteps(best, fails);
    best = withPlainerSteps(best, fails);
    for (let replicas = 1; replicas < best.replicas; replicas++) {
      const fewer = { ...best, replicas };
      if (fails(fewer)) best = fewer;
    }
    isSmaller = best !== before && tries < triesMax;
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

/** The plainest first. */
function plainerThan(step: Step): Step[] {
  const out: Step[] = [];
  if (step.do === "type") {
    if (step.text.length > 1) out.push({ ...step, text: "a" }, { ...step, text: "ab" }, { ...step, text: "abc" }, { ...step, text: "😀" });
    if (step.isBackward === true) out.push({ do: "type", by: step.by, where: step.where, text: step.text });
    if (step.where !== 0) out.push({ ...step, where: 0 }, ...(step.where > 1 || step.where < CARET ? [{ ...step, where: 1 }] : []));
  } else if (step.do === "erase") {
    if (step.count > 1) out.push({ ...step, count: 1 }, { ...step, count: 2 });
    if (step.isBackward === true) out.push({ do: "erase", by: step.by, where: step.where, count: step.count });
    if (step.where !== 0) out.push({ ...step, where: 0 }, ...(step.where > 1 || step.where < CARET ? [{ ...step, where: 1 }] : []));
  } else if (step.do === "deliver") {
    if (step.how !== "next" && step.how !== "sync") out.push({ ...step, how: "sync" }, { ...step, how: "next" });
    if (step.pick !== 0) out.push({ ...step, pick: 0 });
  }
  return out;
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
