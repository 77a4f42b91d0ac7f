/** Why a note that is not there yet does not come: computed from what the nodes say. Pure. */

import type { NodesAnswer } from "../../crdt/sync/control-messages.ts";
import { homeOf } from "./node-rows.ts";

/**
 * One sentence where this tab's node (`asked`: the one in its address, while it is connected to none) does not know the note and
 * is not with a majority of the nodes; null: nothing stands against it.
 */
export function birthWait(fabric: NodesAnswer | null, self: string, asked: string | null): string | null {
  if (fabric === null) return null;
  const home = homeOf(self, fabric) ?? asked;
  const node = fabric.nodes.find(({ id }) => id === home) ?? fabric.nodes[0];
  if (node === undefined || node.state === "down" || node.note === null || node.note.epoch !== null) return null;
  const majority = Math.floor(fabric.nodes.length / 2) + 1;
  // What it is in touch with, both ways, and what of that is up.
  const side = fabric.islands.find(({ nodes }) => nodes.includes(node.id))?.nodes ?? [];
  const here = fabric.nodes.filter(({ id, state }) => side.includes(id) && state !== "down").length;
  if (here >= majority) return null;
  return `This side has ${here} of ${fabric.nodes.length} servers: a new note needs a majority, ${majority} of them, and waits for it. What you write is kept on this device.`;
}
