import { CATALOGUE } from "../../crdt/lab/catalogue.ts";
import type { Script } from "../../crdt/lab/script.ts";

/** Loads one scenario of the catalogue. @throws RangeError when there is none of that id. */
export async function scenarioOf(id: string): Promise<Script> {
  const entry = CATALOGUE.find((one) => one.id === id);
  if (entry === undefined) throw new RangeError(`No scenario is called ${JSON.stringify(id)}`);
  return entry.load();
}
