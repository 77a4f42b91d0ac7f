/** Parses what is to be done to presence alone. Ranges are the board's business (crdt/sync/presence-board.ts). */

import { z } from "zod";

const lanePatch = z.strictObject({
  latencyMs: z.number().optional(),
  lossShare: z.number().optional(),
  isCut: z.boolean().optional(),
});

/** The body of `PUT /control/presence/<replicaId>`. */
export const presenceBody = z.strictObject({ up: lanePatch.optional(), down: lanePatch.optional() });
