/** Parses what comes in on /control. Types: crdt/sync/control-messages.ts. */

import { z } from "zod";
import { parseNoteId, parseReplicaId } from "../../crdt/base/ids.ts";
import { type JournalEntry, START_TEXT_MAX, type StampNote } from "../../crdt/base/journal.ts";
import { TITLE_LENGTH_MAX } from "../../crdt/catalog/catalog-codec.ts";
import { isPresetName } from "../../crdt/network/presets.ts";
import { isStrategyName } from "../../crdt/strategy/registry.ts";
import { clockBody, stampsBody } from "./clock-schema.ts";
import { FABRIC_COMMANDS } from "./fabric-schema.ts";
import { HOLD_COMMANDS } from "./hold-schema.ts";
import { LEASE_COMMANDS } from "./lease-schema.ts";
import { linkPatch } from "./link-schema.ts";
import { ORPHAN_REPORTS } from "./orphan-schema.ts";
import { presenceBody } from "./presence-schema.ts";

/** Journal entries that one message may bring. */
const ENTRIES_MAX = 2_000;

const noteId = z.string().transform((text, context) => {
  const id = parseNoteId(text);
  if (id === null) context.addIssue(`"${text}" is no note id: expected 1 to 64 of A-Z a-z 0-9 _ -`);
  return id ?? z.NEVER;
});
const replicaId = z.string().transform((text, context) => {
  const id = parseReplicaId(text);
  if (id === null) context.addIssue(`"${text}" is no replica id`);
  return id ?? z.NEVER;
});
const strategy = z.string().refine(isStrategyName, "Unknown strategy");
const preset = z.string().refine(isPresetName, "Unknown preset");

/** The body of `PUT /control/links/<replicaId>`. */
export const linksBody = z.strictObject({ up: linkPatch.optional(), down: linkPatch.optional() });

/** The body of `PUT /control/rates/<replicaId>`; null: as fast as everybody. */
export const rateBody = z.strictObject({ perS: z.number(), burst: z.number() }).nullable();

const count = z.int().min(0);
const digest = z.object({
  contentHash: z.string().max(64),
  structureHash: z.string().max(64),
  seen: z.base64().max(262_144),
  unacknowledged: count,
  buffered: count,
  length: count,
});

const stamp = z
  .object({ wallMs: count, offsetMs: z.number(), node: z.string().max(20).optional() })
  .transform(({ node, ...note }): StampNote => (node === undefined ? note : { ...note, node }));
const splice = z.object({ index: count, remove: count, insert: z.string() });
const stamped = { atMs: z.number(), hop: z.enum(["note", "provider"]), noteId, replica: replicaId };
/** What tabs tell of themselves; the node writes the other hops itself. */
const journalEntry = z.discriminatedUnion("kind", [
  z.object({
    ...stamped,
    kind: z.literal("intent"),
    splices: z.array(splice),
    caret: count,
    insertIds: z.array(z.string().max(64)),
    textLength: count,
    startText: z.string().max(START_TEXT_MAX).optional(),
    stamp: stamp.optional(),
  }),
  z.object({ ...stamped, kind: z.literal("rename"), title: z.string().max(TITLE_LENGTH_MAX), stamp: stamp.optional() }),
  z.object({ ...stamped, kind: z.literal("applied"), splices: z.array(splice) }),
  z.object({ ...stamped, kind: z.literal("state"), state: z.string().max(40), reason: z.string().max(200).optional() }),
]);

const setLinks = z.object({ type: z.literal("set-links"), replicaId, up: linkPatch.optional(), down: linkPatch.optional() });
const heal = z.object({ type: z.literal("heal"), replicaId: replicaId.optional() });

/** A message on the WebSocket. */
export const controlRequest = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    replicaId,
    noteId,
    strategy,
    name: z.string().max(200).nullable(),
    capability: z.string().max(1_024).optional(),
    messages: z.boolean().optional(),
  }),
  z.object({ type: z.literal("beat") }),
  z.object({ type: z.literal("watch"), messages: z.boolean() }),
  z.object({ type: z.literal("report"), noteId, digest, roundTripMs: z.number().nullable() }),
  z.object({ type: z.literal("journal"), entries: z.array(journalEntry).max(ENTRIES_MAX) }),
  setLinks,
  z.object({ type: z.literal("preset"), replicaId, preset }),
  z.object({ type: z.literal("set-rate"), replicaId, rate: rateBody }),
  z.object({ type: z.literal("set-presence"), replicaId, ...presenceBody.shape }),
  z.object({ type: z.literal("set-clock"), replicaId, clock: clockBody }),
  z.object({ type: z.literal("set-node-clock"), node: z.string().min(1).max(200), clock: clockBody }),
  z.object({ type: z.literal("set-stamps"), noteId, ...stampsBody.shape }),
  heal,
  ...FABRIC_COMMANDS,
  ...HOLD_COMMANDS,
  ...LEASE_COMMANDS,
  ...ORPHAN_REPORTS,
]);

export type ParsedRequest = z.output<typeof controlRequest>;
export type LinksPatch = z.output<typeof linksBody>;

/** What is wrong, in one line. */
export function issueText(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`)).join("; ");
}

/** A parsed entry as the journal has it: absent keys instead of undefined ones. */
export function entryOf(parsed: z.output<typeof journalEntry>): JournalEntry {
  if (parsed.kind === "state") {
    const { reason, ...entry } = parsed;
    return reason === undefined ? entry : { ...entry, reason };
  }
  if (parsed.kind === "applied") return parsed;
  const note = parsed.stamp === undefined ? {} : { stamp: parsed.stamp };
  if (parsed.kind === "rename") {
    const { stamp: _stamp, ...entry } = parsed;
    return { ...entry, ...note };
  }
  const { stamp: _stamp, startText, ...entry } = parsed;
  return { ...entry, ...note, ...(startText === undefined ? {} : { startText }) };
}
