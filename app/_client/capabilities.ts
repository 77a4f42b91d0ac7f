/**
 * What this browser holds: links of notes that were opened in it, and the owner's token. The server decides what they
 * are worth; here they are only kept, and read for what the page should offer.
 */

import { type NoteId, parseNoteId } from "../../crdt/base/ids.ts";

const KEY = "riftpad.capabilities";
const OWNER_TOKEN = /^[A-Za-z0-9_~.-]{16,256}$/;
/** Links kept; the one opened longest ago goes first. */
const LINKS_MAX = 400;

interface Held {
  readonly owner: string | null;
  readonly links: readonly { readonly noteId: NoteId; readonly capability: string }[];
}

/** What a link says, unverified. */
export interface Claim {
  readonly noteId: NoteId;
  readonly right: "edit" | "view";
}

/** Keeps what the page's address carries (`?cap=`). The owner's token is taken out of it, so that it is not passed on by mistake. */
export function adoptCapability(): void {
  const url = new URL(window.location.href);
  const capability = url.searchParams.get("cap");
  if (capability === null) return;
  const held = read();
  const claim = claimOf(capability);
  if (claim !== null) {
    const others = held.links.filter(({ noteId }) => noteId !== claim.noteId);
    write({ ...held, links: [...others, { noteId: claim.noteId, capability }].slice(-LINKS_MAX) });
  } else if (OWNER_TOKEN.test(capability)) {
    write({ ...held, owner: capability });
    url.searchParams.delete("cap");
    window.history.replaceState(window.history.state, "", url);
  }
}

/** The server does not take the token that is kept: it would shut this browser out of what its links open. */
export function forgetOwnerToken(): void {
  write({ ...read(), owner: null });
}

/** What opens this note: the link in the address, else the owner's token, else a link that was opened before. */
export function capabilityOf(noteId: NoteId): string | null {
  const inAddress = new URLSearchParams(window.location.search).get("cap");
  if (inAddress !== null && claimOf(inAddress)?.noteId === noteId) return inAddress;
  const { owner, links } = read();
  return owner ?? links.find((link) => link.noteId === noteId)?.capability ?? null;
}

export function ownerToken(): string | null {
  return read().owner;
}

/** Every link that is kept, and the one in the address. */
export function heldLinks(): readonly string[] {
  return read().links.map(({ capability }) => capability);
}

/** Whether what opens this note only lets read. */
export function isViewOnly(noteId: NoteId): boolean {
  const capability = capabilityOf(noteId);
  return capability !== null && claimOf(capability)?.right === "view";
}

/** The query of this page without what opened it, for the address of another note. */
export function searchWithoutCapability(): string {
  const query = new URLSearchParams(window.location.search);
  query.delete("cap");
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** The header that shows `capability`, or none. */
export function authorization(capability: string | null): Record<string, string> {
  return capability === null ? {} : { authorization: `Bearer ${capability}` };
}

/** What `capability` says of itself; null when it is no link. */
export function claimOf(capability: string): Claim | null {
  const [, body] = /^([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]{43}$/.exec(capability) ?? [];
  if (body === undefined) return null;
  try {
    const json: unknown = JSON.parse(atob(body.replace(/-/g, "+").replace(/_/g, "/")));
    const { note, right } = Object(json) as { note?: unknown; right?: unknown };
    const noteId = typeof note === "string" ? parseNoteId(note) : null;
    return noteId === null || (right !== "edit" && right !== "view") ? null : { noteId, right };
  } catch {
    return null;
  }
}

function read(): Held {
  try {
    const { owner, links } = Object(JSON.parse(localStorage.getItem(KEY) ?? "{}")) as { owner?: unknown; links?: unknown };
    return {
      owner: typeof owner === "string" && OWNER_TOKEN.test(owner) ? owner : null,
      links: (Array.isArray(links) ? (links as unknown[]) : []).flatMap((item) => {
        const { noteId, capability } = Object(item) as { noteId?: unknown; capability?: unknown };
        const id = typeof noteId === "string" ? parseNoteId(noteId) : null;
        return id === null || typeof capability !== "string" ? [] : [{ noteId: id, capability }];
      }),
    };
  } catch {
    return { owner: null, links: [] };
  }
}

function write(held: Held): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(held));
  } catch {
    // The address still carries it.
  }
}
