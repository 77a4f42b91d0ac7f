/** What a scenario is run under: each strategy, or each type that could hold its metadata. */

import { isStrategyName, loadNodeStrategy, STRATEGY_NAMES } from "../strategy/registry.ts";
import type { StrategyName } from "../strategy/strategy.ts";
import type { EngineName } from "./meta-engines.ts";
import { play } from "./play.ts";
import type { Played } from "./played.ts";
import type { Script } from "./script.ts";

/** What holds the text where a scenario is about something else. */
const TEXT_STRATEGY: StrategyName = "walker";

export interface Subject {
  /** The engine's, where there is one, else the strategy's. */
  readonly name: string;
  readonly strategy: StrategyName;
  readonly engine: EngineName | null;
}

/** One run each. @throws RangeError where the script names a strategy that there is not. */
export function subjectsOf({ engines = [], strategies }: Script): Subject[] {
  const names = strategies.map((name) => {
    if (!isStrategyName(name)) throw new RangeError(`Unknown strategy ${JSON.stringify(name)}`);
    return name;
  });
  if (engines.length > 0) return engines.map((engine) => ({ name: engine, strategy: names[0] ?? TEXT_STRATEGY, engine }));
  return (names.length > 0 ? names : STRATEGY_NAMES).map((strategy) => ({ name: strategy, strategy, engine: null }));
}

/** One run. Rejects as `play` does. */
export async function playSubject(script: Script, { strategy, engine }: Subject): Promise<Played> {
  return play(script, await loadNodeStrategy(strategy), engine);
}
