/** What is set of one direction of a link. Ranges are the fault board's business. */

import { z } from "zod";

const share = z.number();

export const linkPatch = z.strictObject({
  latencyMs: z.number().optional(),
  jitterMs: z.number().optional(),
  jitter: z.enum(["constant", "uniform", "normal", "pareto"]).optional(),
  bandwidthBitsPerS: z.number().nullable().optional(),
  cut: z.enum(["open", "blackhole", "reset"]).optional(),
  flap: z.strictObject({ onMs: z.number(), offMs: z.number() }).nullable().optional(),
  /** All 0: a stream again. */
  datagrams: z.strictObject({ loss: share, dup: share, reorder: share }).optional(),
});
