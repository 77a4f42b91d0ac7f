/** Ids of replicas from the first one on: this file asks for nothing before it asks for what there is not. */

import { expect, it } from "vitest";
import { replicaIdFrom, replicaNumber } from "../../crdt/base/ids.ts";

it("no id stands for what is no number of a replica, and the one that was made last stands for its number alone", () => {
  for (const n of [-1, NaN, 0.5, 2 ** 53]) expect(() => replicaIdFrom(n)).toThrow(RangeError);
  expect([7, 7, 8, 7, 0].map((n) => replicaNumber(replicaIdFrom(n)))).toEqual([7, 7, 8, 7, 0]);
  for (const n of [-1, NaN, -7]) expect(() => replicaIdFrom(n)).toThrow(RangeError);
});
