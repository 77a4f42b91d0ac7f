/** Ways to break bytes. */

import type { Prng } from "../../../crdt/base/prng.ts";

/** One to three mutations: a byte, a bit, a piece gone, a piece added, a length bomb, or an end cut off. */
export function damaged(prng: Prng, bytes: Uint8Array): Uint8Array {
  const out = [...bytes];
  for (let n = prng.int(1, 4); n > 0; n--) {
    const at = prng.int(0, out.length + 1);
    const dice = prng.float();
    if (dice < 0.3 && at < out.length) out[at] = prng.int(0, 256);
    else if (dice < 0.5 && at < out.length) out[at]! ^= 1 << prng.int(0, 8);
    else if (dice < 0.65) out.splice(at, prng.int(1, 5));
    else if (dice < 0.8) out.splice(at, 0, ...Array.from({ length: prng.int(1, 5) }, () => prng.int(0, 256)));
    else if (dice < 0.9) out.splice(at, 0, ...bomb(prng));
    else out.length = at;
  }
  return Uint8Array.from(out);
}

/** A varint far beyond what follows it. */
function bomb(prng: Prng): number[] {
  return [...Array.from({ length: prng.int(3, 9) }, () => 0xff), prng.int(0, 128)];
}
