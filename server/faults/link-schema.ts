/** What is set of one direction of a link. Ranges are the fault board's business. Only replicas' links can be of datagrams. */

import { z } from "zod";

export const linkPatch = z.strictObject({
  latencyMs: z.number().optional(),
  jitterMs: z.number().optional(),
  jitter: z.enum(["constant", "uniform", "normal", "pareto"]).optional(),
  bandwidthBitsPerS: z.number().nullable().optional(),
  cut: z.enum(["open", "blackhole", "reset"]).optional(),
  flap: z.strictObject({ onMs: z.number(), offMs: z.number() }).nullable().optional(),
});

const share = z.number();

/** The same of a replica's link; all shares 0: a stream again. */
export const replicaLinkPatch = linkPatch.extend({
  datagrams: z.strictObject({ loss: share, dup: share, reorder: share }).optional(),
});
