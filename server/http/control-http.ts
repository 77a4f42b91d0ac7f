/** The control plane over plain HTTP, for curl and for tests. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { parseNoteId, parseReplicaId } from "../../crdt/base/ids.ts";
import type { JournalAnswer, NoteAnswer } from "../../crdt/sync/control-messages.ts";
import type { ControlPlane } from "../faults/control-plane.ts";
import { issueText, linksBody } from "../faults/control-schema.ts";
import type { NoteJournals } from "../faults/note-journals.ts";
import type { RoomHub } from "../rooms/room-hub.ts";
import { isSameOrigin } from "./origin.ts";

const BODY_BYTES_MAX = 64 * 1024;

/** What a request is answered with instead of a result. */
class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ControlHttpOptions {
  readonly plane: ControlPlane;
  readonly journals: NoteJournals;
  readonly hub: RoomHub;
}

/** Answers a request below /control. Bad ones get `{ "error": ... }` and a status that fits. */
export async function handleControl(request: IncomingMessage, response: ServerResponse, options: ControlHttpOptions): Promise<void> {
  try {
    sendJson(response, 200, await answer(request, options));
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    sendJson(response, error.status, { error: error.message });
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" }).end(text);
}

async function answer(request: IncomingMessage, { plane, journals, hub }: ControlHttpOptions): Promise<unknown> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const [, , what = "", id = "", ...rest] = url.pathname.split("/");
  if (rest.length > 0) throw new HttpError(404, `Nothing at ${url.pathname}`);
  switch (what) {
    case "replicas": {
      expectMethod(request, "GET");
      const note = url.searchParams.get("note");
      return plane.replicas(note === null ? undefined : noteIdOf(note));
    }
    case "notes": {
      expectMethod(request, "GET");
      const noteId = noteIdOf(id);
      const strategy = await hub.strategyOf(noteId);
      if (strategy === null) throw new HttpError(404, `No note ${noteId}`);
      return { noteId, strategy } satisfies NoteAnswer;
    }
    case "ledger":
      expectMethod(request, "GET");
      return plane.ledger(noteIdOf(id));
    case "journal":
      expectMethod(request, "GET");
      return { entries: journals.read(noteIdOf(id)) } satisfies JournalAnswer;
    case "links": {
      expectMethod(request, "PUT");
      const replicaId = parseReplicaId(id);
      if (replicaId === null) throw new HttpError(400, `"${id}" is no replica id; GET /control/replicas lists those that are here`);
      const parsed = linksBody.safeParse(await readJson(request));
      if (!parsed.success) throw new HttpError(400, issueText(parsed.error));
      return obey(plane, plane.command({ type: "set-links", replicaId, ...parsed.data }));
    }
    case "heal":
      expectMethod(request, "POST");
      return obey(plane, plane.command({ type: "heal" }));
    default:
      throw new HttpError(
        404,
        `Nothing at ${url.pathname}. Known: replicas, notes/<id>, links/<replica>, heal, ledger/<note>, journal/<note>`,
      );
  }
}

function obey(plane: ControlPlane, problem: string | null): unknown {
  if (problem !== null) throw new HttpError(400, problem);
  return plane.replicas();
}

function noteIdOf(text: string): NonNullable<ReturnType<typeof parseNoteId>> {
  const id = parseNoteId(text);
  if (id === null) throw new HttpError(400, `"${text}" is no note id: expected 1 to 64 of A-Z a-z 0-9 _ -`);
  return id;
}

function expectMethod(request: IncomingMessage, method: string): void {
  if (request.method !== method) throw new HttpError(405, `Expected ${method}, got ${request.method}`);
  if (method !== "GET" && !isSameOrigin(request)) throw new HttpError(403, "Another site may not do this");
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!(request.headers["content-type"] ?? "").startsWith("application/json"))
    throw new HttpError(415, 'Expected the header "content-type: application/json"');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new HttpError(413, `Expected at most ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch {
    throw new HttpError(400, "The body is not JSON");
  }
}
