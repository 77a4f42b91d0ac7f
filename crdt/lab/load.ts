/** The scenarios of a file: one, a list, or a list under `scenarios`; of either format, mixed as they come. */

import { listAt, objectAt, parseJson, ScenarioError } from "./json-shape.ts";
import { placeOfPath } from "./json-places.ts";
import { parseScenario } from "./scenario.ts";
import type { Script } from "./script.ts";
import { isTextScenario, parseTextScenario } from "./text-scenario.ts";

/** @throws ScenarioError that names line and column of what is no JSON or no scenario, and the path of the latter. */
export function loadScenarios(text: string): Script[] {
  const value = parseJson(text);
  try {
    return parseAll(value);
  } catch (error) {
    if (error instanceof ScenarioError) throw error.at(placeOfPath(text, error.path));
    throw error;
  }
}

/** The one scenario of `value`, which is parsed already: no line can be told. @throws ScenarioError */
export function parseOne(value: unknown, path = ""): Script {
  const shape = objectAt(value, path);
  if (isTextScenario(shape)) return parseTextScenario(shape, path);
  if ("topology" in shape || "v" in shape) return parseScenario(shape, path);
  throw new ScenarioError(path, 'no scenario: expected "init" and "steps", or "v", "text", "topology" and "steps"');
}

function parseAll(value: unknown): Script[] {
  if (Array.isArray(value)) return value.map((entry, n) => parseOne(entry, `[${n}]`));
  const shape = objectAt(value, "");
  if (!("scenarios" in shape)) return [parseOne(shape)];
  const scripts = listAt(shape.scenarios, "scenarios").map((entry, n) => parseOne(entry, `scenarios[${n}]`));
  if (scripts.length === 0) throw new ScenarioError("scenarios", "expected at least one scenario");
  return scripts;
}
