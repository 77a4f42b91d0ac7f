import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { loadStrategy } from "../../crdt/strategy/registry.ts";

/** A recorded history of one writer; each patch counts in the text that the one before leaves. */
interface Trace {
  readonly startContent: string;
  readonly endContent: string;
  readonly txns: readonly { readonly patches: readonly (readonly [index: number, remove: number, insert: string])[] }[];
}

const folder = process.env["RIFTPAD_TRACES"];
const names = folder === undefined ? ["synthetic"] : ["sveltecomponent", "friendsforever_flat", "rustcode", "automerge-paper"];

function load(name: string): Trace {
  if (folder === undefined) return synthetic();
  const file = join(folder, `${name}.json.gz`);
  if (!existsSync(file)) throw new Error(`RIFTPAD_TRACES has no ${name}.json.gz`);
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as Trace;
}

function synthetic(): Trace {
  const prng = createPrng("trace");
  let text = "";
  const txns = Array.from({ length: 3000 }, () => {
    const index = prng.int(0, text.length + 1);
    const remove = prng.int(0, 3) === 0 ? Math.min(prng.int(0, 8), text.length - index) : 0;
    const insert = "lorem ipsum ".slice(0, prng.int(0, 8));
    text = text.slice(0, index) + insert + text.slice(index + remove);
    return { patches: [[index, remove, insert]] as const };
  });
  return { startContent: "", endContent: text, txns };
}

describe.each(names)("trace %s", (name) => {
  test.each(["walker", "fugue", "yjs"] as const)("replayed through %s", { timeout: 60_000 }, async (strategyName) => {
    const trace = load(name);
    const strategy = await loadStrategy(strategyName);
    const options = { clock: new VirtualClock() };
    const writer = strategy.open({ ...options, replica: replicaIdFrom(1) });
    if (trace.startContent !== "") writer.edit([{ index: 0, remove: 0, insert: trace.startContent }]);
    for (const { patches } of trace.txns) for (const [index, remove, insert] of patches) writer.edit([{ index, remove, insert }]);
    expect(writer.text()).toBe(trace.endContent);
    const reader = strategy.open({ ...options, replica: replicaIdFrom(2), state: writer.since(EMPTY_BYTES) });
    expect(reader.hash()).toEqual(writer.hash());
    reader.checkInvariants();
  });
});
