/** The first entry of every note's log: what the nodes have agreed that it is. */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { type Epoch, parseEpoch } from "../base/ids.ts";
import type { StrategyName } from "../strategy/strategy.ts";

/** What a note begins with. */
export interface Birth {
  /** null: the list of notes. */
  readonly strategy: StrategyName | null;
  readonly epoch: Epoch;
}

export function encodeBirth({ strategy, epoch }: Birth): Uint8Array {
  return new ByteWriter()
    .varString(strategy ?? "")
    .varString(epoch)
    .finish();
}

/** @throws DecodeError */
export function decodeBirth(bytes: Uint8Array): Birth {
  const reader = new ByteReader(bytes);
  const name = reader.varString();
  const epoch = parseEpoch(reader.varString());
  reader.end();
  if (epoch === null) throw reader.error("Invalid epoch");
  return { strategy: name === "" ? null : (name as StrategyName), epoch };
}
