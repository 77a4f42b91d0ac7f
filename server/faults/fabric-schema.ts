/** Parses what is to be done to nodes and links, over HTTP and on the control socket alike. Types: crdt/sync/control-messages.ts. */

import { z } from "zod";
import { linkPatch } from "./link-schema.ts";

const ENDS_MAX = 1_000;
const CUTS_MAX = 10_000;
const MS_MAX = 600_000;

const end = z.string().min(1).max(200);
const kind = z.enum(["blackhole", "reset"]).optional();
const cuts = z.array(z.strictObject({ from: end, to: end })).max(CUTS_MAX);
const links = z.array(z.tuple([end, end])).max(CUTS_MAX);
const ms = z.number().min(0).max(MS_MAX);
const plan = {
  groups: z.array(z.array(end).max(ENDS_MAX)).max(ENDS_MAX).optional(),
  preset: z.enum(["split", "isolate", "ring", "bridge"]).optional(),
  end: end.optional(),
  cuts: cuts.optional(),
  kind,
};

export const FABRIC_COMMANDS = [
  z.strictObject({ type: z.literal("cut"), cuts: cuts.optional(), links: links.optional(), kind }),
  z.strictObject({ type: z.literal("mend"), cuts: cuts.optional(), links: links.optional() }),
  z.strictObject({ type: z.literal("partition"), ...plan, healAfterMs: ms.optional() }),
  z.strictObject({ type: z.literal("schedule"), steps: z.array(z.strictObject({ atMs: ms, ...plan })).max(200) }),
  z.strictObject({ type: z.literal("set-node-link"), nodes: z.tuple([end, end]), up: linkPatch.optional(), down: linkPatch.optional() }),
  z.strictObject({
    type: z.literal("node"),
    node: end,
    action: z.enum(["crash", "restart", "pause", "resume", "slow-disk", "lose-disk"]),
    ms: ms.optional(),
  }),
  z.strictObject({ type: z.literal("move"), replica: end, node: end }),
] as const;

export const fabricCommand = z.discriminatedUnion("type", FABRIC_COMMANDS);

export type ParsedFabricCommand = z.output<typeof fabricCommand>;
