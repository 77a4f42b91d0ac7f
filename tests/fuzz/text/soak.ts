/**
 * `npm run fuzz -- soak`: one document of several authors to a million events, checked after every step. Every so often all
 * get everything; there the model forgets what lies before (oracle.ts, `compact`), or it would become the slow part. At
 * milestones the document is replayed, written and read as a whole, and old versions are checked out.
 */

import { writeFileSync } from "node:fs";
import type { FuzzOptions } from "../run.ts";
import { type Step, worldFrom } from "./steps.ts";
import { FuzzWorld } from "./world.ts";

const EVENTS = 1_000_000;
const MILESTONE_EVENTS = 100_000;
/** What reads or writes the whole document happens at milestones alone. */
const WHOLE: ReadonlySet<Step["do"]> = new Set([
  "reload",
  "twin",
  "checkout",
  "replay",
  "invariants",
  "impostor",
  "damage",
  "anchor",
  "resolve",
]);

/** `seeds` stands for millions of events here; one unless told otherwise. */
export function main({ seed, seeds, json }: FuzzOptions): boolean {
  const wanted = EVENTS * (Number.isFinite(seeds) ? seeds : 1);
  const fromMs = Date.now();
  const world = new FuzzWorld(5);
  let milestone = MILESTONE_EVENTS;
  for (let round = 0; world.counts.events < wanted; round++) {
    for (const step of worldFrom(`soak/${seed}/${round}`, 60).steps) if (!WHOLE.has(step.do)) world.take(step);
    world.compact();
    if (world.counts.events < milestone) continue;
    milestone += MILESTONE_EVENTS;
    world.take({ do: "reload", by: round });
    world.take({ do: "replay", by: round });
    world.take({ do: "invariants", by: round + 1, pick: round });
    world.take({ do: "checkout", by: round, pick: round });
    const [document] = world.documents;
    console.log(
      `${Math.round((Date.now() - fromMs) / 1000)} s: ${world.counts.events.toLocaleString("en")} events, ${world.counts.merges.toLocaleString("en")} merges, ` +
        `text ${document!.length}, encoded ${document!.encode().length.toLocaleString("en")} bytes, heap ${Math.round(process.memoryUsage().heapUsed / 2 ** 20)} MB`,
    );
  }
  world.finish();
  const report = { seed, seconds: Math.round((Date.now() - fromMs) / 1000), ...world.counts };
  if (json !== null) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`All held: ${world.counts.events.toLocaleString("en")} events, ${world.counts.steps.toLocaleString("en")} steps.`);
  return true;
}
