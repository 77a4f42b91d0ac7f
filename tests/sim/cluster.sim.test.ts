import { expect, it } from "vitest";
import { NEMESES, ANY_NEMESIS } from "../support/nemeses.ts";
import { OrderedWorld, stormOrdered } from "../support/ordered-world.ts";
it.each(Object.entries({ ...NEMESES, any: ANY_NEMESIS }))("%s", (name, nemesis) => {
  const t = process.hrtime.bigint();
  let acked = 0, reigns = 0;
  for (let seed = 0; seed < 20; seed++) {
    const world = new OrderedWorld({ seed });
    const bad = stormOrdered(world, nemesis, seed);
    acked += world.history.acknowledged; reigns += world.history.reigns;
    if (bad.length) console.log(name, seed, bad.slice(0, 5));
    world.close();
    world.run(60000);
    if (world.clock.pending) console.log("pending", world.clock.pending);
  }
  console.log(name, acked, reigns, Number(process.hrtime.bigint() - t) / 1e6 / 20, "ms/seed");
});
