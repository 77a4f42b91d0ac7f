/** A strategy whose writes one node orders, made of a rule and what all of them share. */

import { EMPTY_BYTES } from "../base/bytes.ts";
import { compareVectors, readVector } from "../causal/version-vector.ts";
import { decodeMessage, decodeVersion, encodeMessage, type OpIds } from "./ordered-codec.ts";
import { OrderedCopy } from "./ordered-copy.ts";
import { openOrderedRelay } from "./ordered-relay.ts";
import type { OrderedRule } from "./ordered-rule.ts";
import type { NoteRelay, OpenOptions, RelayOptions, Replica, Strategy } from "./strategy.ts";

/** A strategy that one node orders by `rule`. */
export function orderedStrategy(rule: OrderedRule): Strategy {
  return {
    name: rule.name,
    traits: rule.traits,
    open: (options: OpenOptions): Replica => new OrderedCopy(rule, options),
    openRelay: (options: RelayOptions): NoteRelay =>
      openOrderedRelay(rule, options, (state) => new OrderedCopy(rule, { ...options, state })),
    compare: (first, second) => compareVectors(readVector(first), readVector(second)),
    validate: (update) => void decodeMessage(update),
    merge: (updates) => {
      const all = updates.map(decodeMessage);
      const proposals = new Map(all.flatMap((message) => message.proposals).map((proposal) => [keyOf(proposal), proposal]));
      return encodeMessage({ entries: all.flatMap(({ entries }) => entries), proposals: [...proposals.values()] });
    },
    diff: (update, version) => {
      const { index, vector } = decodeVersion(version);
      const { entries, proposals } = decodeMessage(update);
      const lacked = proposals.filter(({ replica, last }) => last > (vector.get(replica) ?? 0));
      const later = entries.filter((entry) => entry.index > index);
      return lacked.length + later.length === 0 ? EMPTY_BYTES : encodeMessage({ entries: later, proposals: lacked });
    },
  };
}

/** Two proposals under one key are two attempts at the same edits: the later one counts. */
function keyOf({ replica, first, last }: OpIds): string {
  return `${replica} ${first} ${last}`;
}
