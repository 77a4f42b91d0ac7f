/** Parses what is to be done to leases and locks, over HTTP and on the control socket alike. Types: crdt/sync/lease-messages.ts. */

import { z } from "zod";
import { parseNoteId } from "../../crdt/base/ids.ts";

const noteId = z.string().transform((text, context) => {
  const id = parseNoteId(text);
  if (id === null) context.addIssue(`"${text.slice(0, 80)}" is no note id: expected 1 to 64 of A-Z a-z 0-9 _ -`);
  return id ?? z.NEVER;
});

export const LEASE_COMMANDS = [
  z.strictObject({ type: z.literal("end-lease"), noteId }),
  z.strictObject({ type: z.literal("end-lock"), noteId }),
  z.strictObject({ type: z.literal("set-lock"), noteId, isFencing: z.boolean() }),
] as const;

export const leaseCommand = z.discriminatedUnion("type", LEASE_COMMANDS);

export type ParsedLeaseCommand = z.output<typeof leaseCommand>;
