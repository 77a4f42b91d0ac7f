/** Parses what is to be done to clocks. Types: crdt/sync/clock-board.ts. */

import { z } from "zod";
import { CLOCK_KINDS } from "../../crdt/causal/stamp-clock.ts";

/** The body of `PUT /control/clocks/<replicaId or node>`; null: the true time. Ranges are the board's to check. */
export const clockBody = z
  .strictObject({ offsetMs: z.number().optional(), driftPpm: z.number().optional(), stepMs: z.number().optional() })
  .nullable();

/** The body of `PUT /control/stamps/<noteId>`. */
export const stampsBody = z.strictObject({ kind: z.enum(CLOCK_KINDS) });
