/** Makes, lists and ends the links of a note. The server decides whether this browser may; rejections say why not. */

import type { NoteId } from "../../crdt/base/ids.ts";
import type { LinkAnswer } from "../../crdt/sync/access-messages.ts";
import { askServer } from "./access-client.ts";
import { ownerToken } from "./capabilities.ts";

/** Oldest first. */
export async function linksOf(noteId: NoteId): Promise<readonly LinkAnswer[]> {
  return (await askServer<{ links: LinkAnswer[] }>("GET", `/access/links?note=${noteId}`, ownerToken())).links;
}

/** `expiresInS` null: it does not end by itself. */
export function makeLink(noteId: NoteId, right: "edit" | "view", expiresInS: number | null): Promise<LinkAnswer> {
  const body = { noteId, right, ...(expiresInS === null ? {} : { expiresInS }) };
  return askServer<LinkAnswer>("POST", "/access/links", ownerToken(), body);
}

export async function revokeLink(id: string): Promise<void> {
  await askServer("DELETE", `/access/links/${encodeURIComponent(id)}`, ownerToken());
}
