/** Links over HTTP: what this server lets whom do, making and ending links, and the notes that a browser holds links of. */

import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { type NoteId, parseNoteId } from "../../crdt/base/ids.ts";
import type { AccessAnswer, HeldNote, LinkAnswer } from "../../crdt/sync/access-messages.ts";
import type { Access } from "../access/access.ts";
import type { Link } from "../access/link-book.ts";
import { issueText } from "../faults/control-schema.ts";
import type { ServerHub } from "../nodes/primary.ts";
import { expectJsonBody, expectMethod, HttpError, readJson } from "./http-error.ts";
import { bearerOf, type Permits } from "./permits.ts";
import type { RequestTarget } from "./request-target.ts";

/** Of one browser, in one question. */
const CAPABILITIES_MAX = 500;
const EXPIRES_IN_S_MAX = 10 * 366 * 24 * 3_600;

const mintBody = z.strictObject({
  noteId: z.string(),
  right: z.enum(["edit", "view"]),
  expiresInS: z.number().positive().max(EXPIRES_IN_S_MAX).optional(),
});
const heldBody = z.strictObject({ capabilities: z.array(z.string().max(1_024)).max(CAPABILITIES_MAX) });

export interface AccessHttpOptions {
  readonly access: Access;
  readonly permits: Permits;
  readonly hub: ServerHub;
  readonly hasFaults: boolean;
  readonly nowMs: () => number;
}

/** Answers a request below /access. @throws HttpError */
export async function answerAccess(request: IncomingMessage, target: RequestTarget, options: AccessHttpOptions): Promise<unknown> {
  const { access, permits } = options;
  permits.expectOwnPage(request);
  expectJsonBody(request);
  const [, , what = "", id = "", ...rest] = target.path.split("/");
  if (rest.length > 0) throw new HttpError(404, "Nothing at this address");
  switch (what) {
    case "": {
      expectMethod(request, "GET");
      const token = bearerOf(request);
      return {
        mode: access.mode,
        isOwner: access.mode === "open" || access.isOwner(token),
        mayShare: permits.mayShare(request, token),
        hasFaults: options.hasFaults,
      } satisfies AccessAnswer;
    }
    case "links":
      if (id !== "") return end(request, id, options);
      expectMethod(request, "GET", "POST");
      return request.method === "GET" ? list(request, target, options) : mint(request, options);
    case "notes":
      if (id !== "") return openNote(request, id, options);
      expectMethod(request, "POST");
      return { notes: await held(request, options) };
    default:
      throw new HttpError(
        404,
        "Nothing at this address. Known: /access, /access/links, /access/links/<id>, /access/notes, /access/notes/<id>",
      );
  }
}

function list(request: IncomingMessage, { query }: RequestTarget, options: AccessHttpOptions): unknown {
  expectSharer(request, options);
  const note = query.get("note");
  const links = options.access.links(note === null ? null : noteIdOf(note));
  return { links: links.map(({ link, capability }) => answerOf(link, capability)) };
}

async function mint(request: IncomingMessage, options: AccessHttpOptions): Promise<LinkAnswer> {
  expectSharer(request, options);
  const parsed = mintBody.safeParse(await readJson(request));
  if (!parsed.success) throw new HttpError(400, issueText(parsed.error));
  const { noteId, right, expiresInS } = parsed.data;
  const note = noteIdOf(noteId);
  if (note.startsWith("_")) throw new HttpError(400, "The list of notes has no links");
  const expiresAtMs = expiresInS === undefined ? null : options.nowMs() + Math.round(expiresInS * 1_000);
  try {
    const { link, capability } = await options.access.mint(note, right, expiresAtMs);
    return answerOf(link, capability);
  } catch (error) {
    if (error instanceof RangeError) throw new HttpError(409, error.message);
    throw error;
  }
}

async function end(request: IncomingMessage, id: string, options: AccessHttpOptions): Promise<unknown> {
  expectMethod(request, "DELETE");
  expectSharer(request, options);
  if (!(await options.access.revoke(id))) throw new HttpError(404, "There is no such link, or not any more");
  return { id, isRevoked: true };
}

/** What a browser needs to open one note. Its link comes as the bearer token. */
async function openNote(request: IncomingMessage, id: string, options: AccessHttpOptions): Promise<HeldNote> {
  expectMethod(request, "GET");
  const noteId = noteIdOf(id);
  const { grant, refusal } = options.access.decide(noteId, bearerOf(request));
  if (grant === null) throw new HttpError(refusal.code - 4_000, refusal.reason);
  const note = await noteOf(options.hub, noteId, grant.right);
  if (note === null) throw new HttpError(404, `No note ${noteId}`);
  return note;
}

/** The notes that these links open; others are left out, and nothing is said of them. */
async function held(request: IncomingMessage, { access, hub }: AccessHttpOptions): Promise<HeldNote[]> {
  const parsed = heldBody.safeParse(await readJson(request));
  if (!parsed.success) throw new HttpError(400, issueText(parsed.error));
  const rights = new Map<NoteId, "edit" | "view">();
  for (const capability of parsed.data.capabilities) {
    const read = access.read(capability);
    if (read !== null && rights.get(read.noteId) !== "edit") rights.set(read.noteId, read.grant.right);
  }
  const notes = await Promise.all([...rights].map(([noteId, right]) => noteOf(hub, noteId, right)));
  return notes.filter((note) => note !== null);
}

async function noteOf(hub: ServerHub, noteId: NoteId, right: "edit" | "view"): Promise<HeldNote | null> {
  const strategy = await hub.strategyOf(noteId);
  if (strategy === null) return null;
  const entry = hub.catalog.find(noteId);
  return {
    noteId,
    strategy,
    right,
    title: entry?.title ?? noteId,
    isDeleted: entry?.isDeleted ?? false,
    createdAtMs: entry?.createdAtMs ?? 0,
  };
}

function expectSharer(request: IncomingMessage, { permits }: AccessHttpOptions): void {
  if (!permits.mayShare(request, bearerOf(request)))
    throw new HttpError(401, 'Links are the owner\'s: send the header "authorization: Bearer <token>"');
}

function answerOf({ id, noteId, right, expiresAtMs, createdAtMs }: Link, capability: string): LinkAnswer {
  return { id, noteId, right, expiresAtMs, createdAtMs, capability, path: `/notes/${noteId}?cap=${capability}` };
}

function noteIdOf(text: string): NoteId {
  const id = parseNoteId(text);
  if (id === null) throw new HttpError(400, `"${text.slice(0, 80)}" is no note id: expected 1 to 64 of A-Z a-z 0-9 _ -`);
  return id;
}
