/** `replay`: a scenario step by step, with what everybody then has. */

import { judge } from "../../../crdt/lab/judge.ts";
import { type LessonRun, runLesson } from "../../../crdt/lab/lesson.ts";
import { loadNodeStrategy } from "../../../crdt/strategy/registry.ts";
import { argumentsFrom, oneStrategy, scriptsOf } from "./arguments.ts";
import { alike } from "./run.ts";

export const REPLAY_USAGE = "usage: npm run --silent lab -- replay FILE.json|ID --strategy S";

/** @throws UsageError */
export async function replay(rest: readonly string[]): Promise<number> {
  const given = argumentsFrom(rest, {}, REPLAY_USAGE);
  const strategy = await loadNodeStrategy(oneStrategy(given, REPLAY_USAGE));
  let hasMismatch = false;
  for (const script of await scriptsOf(given.file)) {
    const lesson = await runLesson(script, strategy);
    const { isMatch } = judge(script, lesson.played);
    hasMismatch ||= isMatch === false;
    process.stdout.write(`${script.id} ${script.title} · ${strategy.name}\n${report(lesson)}\n`);
    const { isConverged, hash, refusals, isAtRest } = lesson.played;
    for (const { by, reason } of refusals) process.stdout.write(`  refused: ${by}: ${reason}\n`);
    if (!isAtRest) process.stdout.write("  something was still open when nothing happened any more\n");
    const verdict = isMatch === null ? "" : isMatch ? " · as expected" : " · NOT as expected";
    process.stdout.write(`  ${isConverged ? "converged" : "NOT converged"} · ${hash}${verdict}\n`);
  }
  return hasMismatch ? 1 : 0;
}

function report({ before, after }: LessonRun): string {
  return [...before, ...after]
    .flatMap(({ sentence, texts }, n) => [
      `  ${String(n).padStart(3)}  ${sentence}`,
      ...alike(texts).map(([text, names]) => `         ${names}: ${text}`),
    ])
    .join("\n");
}
