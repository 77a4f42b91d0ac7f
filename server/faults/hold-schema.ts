/** Parses what is to be done to single messages, over HTTP and on the control socket alike. Types: crdt/sync/held-messages.ts. */

import { z } from "zod";
import { parseReplicaId } from "../../crdt/base/ids.ts";

const DELAY_MS_MAX = 600_000;

const replicaId = z.string().transform((text, context) => {
  const id = parseReplicaId(text);
  if (id === null) context.addIssue(`"${text.slice(0, 80)}" is no replica id`);
  return id ?? z.NEVER;
});
const link = z.string().min(1).max(40);
const id = z.int().min(0);

export const HOLD_COMMANDS = [
  z.strictObject({ type: z.literal("hold"), replicaId, up: z.boolean().optional(), down: z.boolean().optional() }),
  z.strictObject({
    type: z.literal("message"),
    link,
    act: z.enum(["deliver", "deliver-all", "drop", "duplicate", "delay", "earlier", "later"]),
    id: id.optional(),
    ms: z.number().min(0).max(DELAY_MS_MAX).optional(),
  }),
  z.strictObject({ type: z.literal("inspect-message"), link, id }),
] as const;

export const holdCommand = z.discriminatedUnion("type", HOLD_COMMANDS);

export type ParsedHoldCommand = z.output<typeof holdCommand>;
