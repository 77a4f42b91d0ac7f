/**
 * Who may do what with which note: decides on a capability, keeps the links, and tells the connections that came with
 * one when it ends. Knows no socket and no request.
 */

import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../crdt/base/clock.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { Closed } from "../../crdt/network/transport.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { type Right, signCapability, verifyCapability } from "./capability.ts";
import { type Link, LinkBook } from "./link-book.ts";
import { loadSecret } from "./secret.ts";

/** What somebody may do with one note. */
export interface Grant {
  readonly right: Right;
  readonly isOwner: boolean;
  /** The link that it came with; null: the owner's token, or an open server. */
  readonly linkId: string | null;
  readonly expiresAtMs: number | null;
}

export type Decision = { readonly grant: Grant; readonly refusal: null } | { readonly grant: null; readonly refusal: Closed };

export interface AccessOptions {
  readonly mode: "open" | "links";
  /** null: made from the secret, so that it stays the same. */
  readonly token: string | null;
  readonly clock: Clock;
}

/** Timers of a host hold at most this. */
const TIMER_MS_MAX = 2 ** 31 - 1;
const NEEDED = "This note is opened by a link, and this is none";
const NOT_OURS = "This link was not made by this server";
const OTHER_NOTE = "This link is for another note";
const EXPIRED = "This link has expired";
const REVOKED = "This link was revoked";
export const VIEW_ONLY = "This link lets you read, not write";

const OWNER: Grant = { right: "edit", isOwner: true, linkId: null, expiresAtMs: null };
/** Where no link is needed. */
const ANYBODY: Grant = { ...OWNER, isOwner: false };

export class Access {
  readonly mode: "open" | "links";
  /** Opens everything. */
  readonly token: string;
  readonly #secret: Buffer;
  readonly #book: LinkBook;
  readonly #clock: Clock;
  /** By link, how to end what came with it. */
  readonly #held = new Map<string, Set<(closed: Closed) => void>>();

  constructor(secret: Buffer, book: LinkBook, { mode, token, clock }: AccessOptions) {
    this.mode = mode;
    this.#secret = secret;
    this.#book = book;
    this.#clock = clock;
    this.token = token ?? createHmac("sha256", secret).update("riftpad owner 1\n").digest("base64url");
  }

  /** What is kept in `folder`, or begun there. */
  static async open(folder: string, options: AccessOptions, onBroken: (message: string) => void): Promise<Access> {
    return new Access(await loadSecret(folder), await LinkBook.open(folder, onBroken), options);
  }

  isOwner(token: string | null): boolean {
    return token !== null && timingSafeEqual(digest(token), digest(this.token));
  }

  /** What the holder of `capability` (or of none) may do with `noteId`; 4401 and 4403 say why nothing. */
  decide(noteId: NoteId, capability: string | null): Decision {
    if (this.isOwner(capability)) return granted(OWNER);
    const found = capability === null ? null : verifyCapability(capability, this.#secret);
    if (found === null) {
      if (this.mode === "links") return refused(CLOSE.unauthorised, capability === null ? NEEDED : NOT_OURS);
      // What a browser has kept from another server, or from before a lost disk, must not shut it out of an open one.
      return granted(ANYBODY);
    }
    if (found.noteId !== noteId) return refused(CLOSE.forbidden, OTHER_NOTE);
    const { right, id: linkId, expiresAtMs } = found;
    const grant: Grant = { right, isOwner: false, linkId, expiresAtMs };
    const refusal = this.endOf(grant);
    return refusal === null ? granted(grant) : { grant: null, refusal };
  }

  /** The note that `capability` is for and what it allows, if it holds. */
  read(capability: string): { readonly noteId: NoteId; readonly grant: Grant } | null {
    const found = verifyCapability(capability, this.#secret);
    if (found === null) return null;
    const { grant } = this.decide(found.noteId, capability);
    return grant === null ? null : { noteId: found.noteId, grant };
  }

  /** Why `grant` holds no longer, or null. */
  endOf({ linkId, expiresAtMs }: Grant): Closed | null {
    if (expiresAtMs !== null && expiresAtMs < this.#clock.now()) return { code: CLOSE.forbidden, reason: EXPIRED };
    if (linkId !== null && !this.#book.has(linkId)) return { code: CLOSE.forbidden, reason: REVOKED };
    return null;
  }

  /** Calls `end` once when `grant` ends, unless the returned function was called before. */
  hold(grant: Grant, end: (closed: Closed) => void): () => void {
    const { linkId, expiresAtMs } = grant;
    if (linkId === null) return () => undefined;
    const held = this.#held.get(linkId) ?? new Set();
    this.#held.set(linkId, held.add(end));
    const delayMs = expiresAtMs === null ? Infinity : expiresAtMs + 1 - this.#clock.now();
    const cancel =
      delayMs > TIMER_MS_MAX ? null : this.#clock.setTimer(Math.max(0, delayMs), () => end({ code: CLOSE.forbidden, reason: EXPIRED }));
    return () => {
      cancel?.();
      held.delete(end);
      if (held.size === 0 && this.#held.get(linkId) === held) this.#held.delete(linkId);
    };
  }

  /**
   * A new link and the capability that it carries. Resolves when it is on disk.
   * @throws RangeError when there are too many.
   */
  async mint(noteId: NoteId, right: Right, expiresAtMs: number | null): Promise<{ readonly link: Link; readonly capability: string }> {
    const createdAtMs = this.#clock.now();
    this.#book.prune(createdAtMs);
    const link: Link = { id: randomBytes(12).toString("base64url"), noteId, right, expiresAtMs, createdAtMs };
    await this.#book.add(link);
    return { link, capability: signCapability(link, this.#secret) };
  }

  /** The links of one note, or all, oldest first, each with the capability that it carries. */
  links(noteId: NoteId | null): { readonly link: Link; readonly capability: string }[] {
    this.#book.prune(this.#clock.now());
    return this.#book.list(noteId).map((link) => ({ link, capability: signCapability(link, this.#secret) }));
  }

  /** Ends a link and, at once, what came with it; resolves when that outlives a restart. Whether there was one. */
  async revoke(id: string): Promise<boolean> {
    const removing = this.#book.remove(id);
    for (const end of this.#held.get(id) ?? []) end({ code: CLOSE.forbidden, reason: REVOKED });
    return removing;
  }
}

function granted(grant: Grant): Decision {
  return { grant, refusal: null };
}

function refused(code: number, reason: string): Decision {
  return { grant: null, refusal: { code, reason } };
}

/** Of equal length, whatever the token is. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
