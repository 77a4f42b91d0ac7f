/** Parses what tabs say of orphaned edits on the control socket. Types: crdt/sync/orphan-watch.ts, crdt/strategy/strategy.ts. */

import { z } from "zod";
import { parseNoteId, parseReplicaId } from "../../crdt/base/ids.ts";
import { STRANDED_CHARACTERS_MAX } from "../../crdt/sync/orphan-watch.ts";
import { PASSAGE_CHARACTERS_MAX } from "../../crdt/sync/own-deletions.ts";

const noteId = z.string().transform((text, context) => {
  const id = parseNoteId(text);
  if (id === null) context.addIssue(`"${text.slice(0, 80)}" is no note id`);
  return id ?? z.NEVER;
});
const replica = z.string().transform((text, context) => {
  const id = parseReplicaId(text);
  if (id === null) context.addIssue(`"${text.slice(0, 80)}" is no replica id`);
  return id ?? z.NEVER;
});
const count = z.int().min(0);
const words = z.string().max(STRANDED_CHARACTERS_MAX);
const passage = z.string().max(PASSAGE_CHARACTERS_MAX);
const stamp = z.object({ wallMs: z.number(), replica, seq: count });

export const ORPHAN_REPORTS = [
  z.strictObject({
    type: z.literal("stranded"),
    noteId,
    stranded: z.strictObject({
      id: z.string().max(80),
      author: replica,
      atMs: z.number(),
      seq: count,
      words,
      left: words,
      right: words,
      isElsewhere: z.boolean(),
      known: z.array(count).max(100),
    }),
  }),
  z.strictObject({
    type: z.literal("orphan"),
    noteId,
    loss: z.strictObject({
      id: z.string().startsWith("orphan ").max(100),
      noteId: z.null(),
      field: z.literal("text"),
      author: replica,
      atMs: z.number(),
      splices: z.tuple([z.strictObject({ index: count, remove: z.literal(0), insert: words })]),
      removedText: z.literal(""),
      around: z.strictObject({ before: passage, after: passage }),
      losingStamp: stamp,
      winningStamp: stamp,
      rule: z.literal("orphaned"),
    }),
  }),
] as const;
