/** Anchors in a text that is one register: it has no identities to hold on to, so they are indices, as far as the text reaches. */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import type { Anchor } from "./strategy.ts";

/** @throws RangeError when there is no such index. */
export function registerAnchor(index: number, side: -1 | 1, length: number): Anchor {
  if (!(index >= 0 && index <= length)) throw new RangeError(`Invalid position ${index} in a document of length ${length}`);
  return new ByteWriter(8)
    .varUint(index)
    .byte(side < 0 ? 0 : 1)
    .finish();
}

/** @throws DecodeError */
export function resolveInRegister(anchor: Anchor, length: number): number {
  return Math.min(new ByteReader(anchor).varUint(), length);
}
