import { loadScenarios } from "../../crdt/lab/load.ts";
import type { Script } from "../../crdt/lab/script.ts";

/** Loads one scenario of the catalogue. @throws RangeError when there is none of that id. */
export async function scenarioOf(id: string): Promise<Script> {
  const found: unknown = ((await import(`../../crdt/lab/scenarios/${id}.json`)) as { default: unknown }).default;
  return loadScenarios(JSON.stringify(found))[0]!;
}
