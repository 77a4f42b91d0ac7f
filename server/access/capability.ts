/**
 * A capability: what a share link carries. Whoever holds it may do what it says; it names nobody.
 *
 * capability := base64url(JSON { v: 1, note, right, id, exp? }) "." base64url(HMAC-SHA-256(secret, domain || first part))
 * `exp` is the last millisecond since 1970 in which it holds. `id` is how it is revoked.
 */

import { createHmac, timingSafeEqual } from "node:crypto";
import { type NoteId, parseNoteId } from "../../crdt/base/ids.ts";

export type Right = "edit" | "view";

export interface Capability {
  readonly noteId: NoteId;
  readonly right: Right;
  readonly id: string;
  readonly expiresAtMs: number | null;
}

/** Keeps these signatures apart from any other use of the secret. */
const DOMAIN = "riftpad capability 1\n";
const SHAPE = /^([A-Za-z0-9_-]{1,512})\.([A-Za-z0-9_-]{43})$/;
const ID = /^[A-Za-z0-9_-]{16}$/;

/** `capability` as text for an address, signed. */
export function signCapability({ noteId, right, id, expiresAtMs }: Capability, secret: Buffer): string {
  const json = JSON.stringify({ v: 1, note: noteId, right, id, ...(expiresAtMs === null ? {} : { exp: expiresAtMs }) });
  const body = Buffer.from(json).toString("base64url");
  return `${body}.${macOf(body, secret).toString("base64url")}`;
}

/** What `text` says if it was signed with `secret`; null otherwise. Whether it still holds is not asked here. */
export function verifyCapability(text: string, secret: Buffer): Capability | null {
  const [, body, mac] = SHAPE.exec(text) ?? [];
  if (body === undefined || mac === undefined) return null;
  const given = Buffer.from(mac, "base64url");
  const wanted = macOf(body, secret);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
  // Only this server signs, so what follows fails only for a format of another version.
  return parse(Buffer.from(body, "base64url").toString());
}

function parse(text: string): Capability | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const { v, note, right, id, exp } = Object(json) as Partial<Record<"v" | "note" | "right" | "id" | "exp", unknown>>;
  const noteId = typeof note === "string" ? parseNoteId(note) : null;
  if (v !== 1 || noteId === null || (right !== "edit" && right !== "view")) return null;
  if (typeof id !== "string" || !ID.test(id) || (exp !== undefined && !Number.isSafeInteger(exp))) return null;
  return { noteId, right, id, expiresAtMs: exp === undefined ? null : (exp as number) };
}

function macOf(body: string, secret: Buffer): Buffer {
  return createHmac("sha256", secret).update(DOMAIN).update(body).digest();
}
