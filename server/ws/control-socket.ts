/** One /control connection: JSON both ways, under no fault. What a tab may see and do depends on what it holds. */

import type { WebSocket } from "ws";
import type { Clock } from "../../crdt/base/clock.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { Closed } from "../../crdt/network/transport.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import type { ControlEvent } from "../../crdt/sync/control-messages.ts";
import type { Decision, Grant } from "../access/access.ts";
import type { ControlPlane } from "../faults/control-plane.ts";
import { controlRequest, issueText, type ParsedRequest } from "../faults/control-schema.ts";
import { openByteBudget } from "./byte-budget.ts";
import { bytesOf } from "./ws-transport.ts";

/** What a tab may leave unread. */
const UNREAD_BYTES_MAX = 8 * 1024 * 1024;
/** What a tab may say at once, and each second: a large paste, and the journal of somebody who types fast in many notes. */
const SAID = { burstBytes: 8 * 1024 * 1024, bytesPerS: 1024 * 1024 };
/** Messages that cannot be read, or may not be sent, before the connection is given up. */
const PROBLEMS_MAX = 100;

export interface ControlPermit {
  /** Whether the holder of `capability` may watch that note. */
  decide(noteId: NoteId, capability: string | null): Decision;
  /** Whether it may set conditions; the reason why not, or null. */
  refusalToBreak(capability: string | null): string | null;
  /** See `Access.hold`. */
  hold(grant: Grant, end: (closed: Closed) => void): () => void;
  onRefused(closed: Closed): void;
  /** Says goodbye, and does not wait long for the answer. */
  end(closed: Closed): void;
}

export function serveControl(socket: WebSocket, plane: ControlPlane, permit: ControlPermit, clock: Clock): void {
  const budget = openByteBudget(socket, clock, SAID);
  let release: (() => void) | null = null;
  let hello: Extract<ParsedRequest, { type: "hello" }> | null = null;
  let problems = 0;
  const client = {
    send(event: ControlEvent): void {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > UNREAD_BYTES_MAX) socket.terminate();
      else if (event.type === "welcome") {
        const mayBreak = permit.refusalToBreak(hello?.capability ?? null) === null;
        socket.send(JSON.stringify({ ...event, mayBreak }));
      } else socket.send(textOf(event));
    },
  };
  const end = (closed: Closed): void => permit.end(closed);

  /** Returns what is wrong, or null. */
  const take = (request: ParsedRequest): string | null => {
    switch (request.type) {
      case "hello": {
        const { grant, refusal } = permit.decide(request.noteId, request.capability ?? null);
        if (grant === null) {
          permit.onRefused(refusal);
          end(refusal);
          return null;
        }
        release?.();
        release = permit.hold(grant, end);
        hello = request;
        return plane.take(client, request);
      }
      case "beat":
      case "report":
      case "watch":
        return plane.take(client, request);
      case "journal":
        // A tab tells of itself and of the note that it shows; a note that it showed before may still have entries.
        if (hello === null) return "Entries before hello";
        if (request.entries.every((entry) => entry.replica === hello?.replicaId && mayTell(entry.noteId)))
          return plane.take(client, request);
        return "Entries of another replica, or of a note that this tab may not see";
      default:
        return permit.refusalToBreak(hello?.capability ?? null) ?? plane.take(client, request);
    }
  };
  const mayTell = (noteId: NoteId): boolean => hello?.noteId === noteId || permit.decide(noteId, hello?.capability ?? null).grant !== null;

  socket.on("message", (data, isBinary) => {
    if (socket.readyState !== socket.OPEN) return;
    const bytes = bytesOf(data);
    budget.spend(bytes.length);
    const parsed = isBinary ? "Expected JSON text" : parse(bytes);
    const problem = typeof parsed === "string" ? parsed : take(parsed);
    if (problem === null) return;
    client.send({ type: "error", message: problem });
    if (++problems >= PROBLEMS_MAX) end({ code: CLOSE.protocolError, reason: "Too much that cannot be taken" });
  });
  socket.on("close", () => {
    release?.();
    budget.close();
    plane.leave(client);
  });
  // "close" follows.
  socket.on("error", () => undefined);
}

/** What is told to many is put into words once. */
const texts = new WeakMap<ControlEvent, string>();

function textOf(event: ControlEvent): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const text = JSON.stringify(event);
  texts.set(event, text);
  return text;
}

/** The request, or what is wrong with it. */
function parse(bytes: Uint8Array): ParsedRequest | string {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return "Expected JSON";
  }
  const parsed = controlRequest.safeParse(json);
  return parsed.success ? parsed.data : issueText(parsed.error);
}
