/** The control plane over plain HTTP, for curl and for tests. */

import type { IncomingMessage } from "node:http";
import { type NoteId, parseNoteId, parseReplicaId, type ReplicaId } from "../../crdt/base/ids.ts";
import type { JournalAnswer, NoteAnswer, StampsAnswer } from "../../crdt/sync/control-messages.ts";
import type { Access } from "../access/access.ts";
import { clockBody, stampsBody } from "../faults/clock-schema.ts";
import type { ControlPlane } from "../faults/control-plane.ts";
import { issueText, linksBody, rateBody } from "../faults/control-schema.ts";
import { presenceBody } from "../faults/presence-schema.ts";
import type { NoteJournals } from "../faults/note-journals.ts";
import type { ServerHub } from "../nodes/primary.ts";
import { answerFabric } from "./fabric-http.ts";
import { answerHolds } from "./holds-http.ts";
import { answerLeases } from "./leases-http.ts";
import { expectJsonBody, expectMethod, HttpError, readJson } from "./http-error.ts";
import { bearerOf, FAULTS_OFF, type Permits } from "./permits.ts";
import type { RequestTarget } from "./request-target.ts";

export interface ControlHttpOptions {
  readonly plane: ControlPlane;
  readonly journals: NoteJournals;
  readonly hub: ServerHub;
  readonly access: Access;
  readonly permits: Permits;
  readonly hasFaults: boolean;
}

/** Answers a request below /control. @throws HttpError */
export async function answerControl(
  request: IncomingMessage,
  { path, query }: RequestTarget,
  options: ControlHttpOptions,
): Promise<unknown> {
  const { plane, journals, hub, permits, hasFaults } = options;
  permits.expectOwnPage(request);
  expectJsonBody(request);
  const [, , what = "", id = "", ...rest] = path.split("/");
  expectPermit(request, what, id, options);
  if (rest.length > (what === "node-links" || what === "messages" ? 1 : 0)) throw new HttpError(404, "Nothing at this address");
  switch (what) {
    case "replicas": {
      expectMethod(request, "GET");
      const note = query.get("note");
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
      if (!hasFaults) throw new HttpError(403, FAULTS_OFF);
      const replicaId = replicaIdOf(id);
      const parsed = linksBody.safeParse(await readJson(request));
      if (!parsed.success) throw new HttpError(400, issueText(parsed.error));
      return obey(plane, plane.command({ type: "set-links", replicaId, ...parsed.data }));
    }
    case "rates": {
      expectMethod(request, "PUT");
      if (!hasFaults) throw new HttpError(403, FAULTS_OFF);
      const parsed = rateBody.safeParse(await readJson(request));
      if (!parsed.success) throw new HttpError(400, issueText(parsed.error));
      return obey(plane, plane.command({ type: "set-rate", replicaId: replicaIdOf(id), rate: parsed.data }));
    }
    case "presence": {
      expectMethod(request, "PUT");
      if (!hasFaults) throw new HttpError(403, FAULTS_OFF);
      const parsed = presenceBody.safeParse(await readJson(request));
      if (!parsed.success) throw new HttpError(400, issueText(parsed.error));
      return obey(plane, plane.command({ type: "set-presence", replicaId: replicaIdOf(id), ...parsed.data }));
    }
    case "clocks": {
      expectMethod(request, "PUT");
      if (!hasFaults) throw new HttpError(403, FAULTS_OFF);
      const parsed = clockBody.safeParse(await readJson(request));
      if (!parsed.success) throw new HttpError(400, issueText(parsed.error));
      const isNode = plane.fabric?.hasNode(id) === true;
      const whose = isNode ? ({ type: "set-node-clock", node: id } as const) : ({ type: "set-clock", replicaId: replicaIdOf(id) } as const);
      const answer = obey(plane, plane.command({ ...whose, clock: parsed.data }));
      return isNode ? plane.fabric?.state(null) : answer;
    }
    case "stamps": {
      const noteId = noteIdOf(id);
      if (request.method !== "GET") {
        expectMethod(request, "PUT");
        if (!hasFaults) throw new HttpError(403, FAULTS_OFF);
        const parsed = stampsBody.safeParse(await readJson(request));
        if (!parsed.success) throw new HttpError(400, issueText(parsed.error));
        plane.command({ type: "set-stamps", noteId, ...parsed.data });
      }
      return { noteId, kind: plane.clocks.kindOf(noteId) } satisfies StampsAnswer;
    }
    case "heal":
      expectMethod(request, "POST");
      if (!hasFaults) throw new HttpError(403, FAULTS_OFF);
      return obey(plane, plane.command({ type: "heal" }));
    case "nodes":
    case "node-links":
    case "cut":
    case "mend":
    case "partition":
    case "schedule":
    case "move":
      return answerFabric(request, [what, id, ...rest], query, { plane, hasFaults });
    case "leases":
    case "locks":
      return answerLeases(request, [what, id], { plane, hasFaults });
    case "holds":
    case "messages":
      return answerHolds(request, [what, id, ...rest], query, { plane, hasFaults });
    default:
      throw new HttpError(
        404,
        "Nothing at this address. Known: replicas, notes/<id>, links/<replica>, rates/<replica>, presence/<replica>, clocks/<replica or node>, stamps/<note>, heal, ledger/<note>, journal/<note>, nodes, nodes/<node>, node-links/<node>/<node>, cut, mend, partition, schedule, move, leases/<note>, locks/<note>, holds/<replica>, messages?note=<note>, messages/<link>, messages/<link>/<id>",
      );
  }
}

function obey(plane: ControlPlane, problem: string | null): unknown {
  if (problem !== null) throw new HttpError(400, problem);
  return plane.replicas();
}

function replicaIdOf(text: string): ReplicaId {
  const id = parseReplicaId(text);
  if (id === null) throw new HttpError(400, `"${text.slice(0, 80)}" is no replica id; GET /control/replicas lists those that are here`);
  return id;
}

function noteIdOf(text: string): NoteId {
  const id = parseNoteId(text);
  if (id === null) throw new HttpError(400, `"${text.slice(0, 80)}" is no note id: expected 1 to 64 of A-Z a-z 0-9 _ -`);
  return id;
}

/** Everything to the local host and to the owner; what is said of one note also to whoever has a link of it. */
function expectPermit(request: IncomingMessage, what: string, id: string, { permits, access }: ControlHttpOptions): void {
  const token = bearerOf(request);
  if (permits.mayControl(request, token)) return;
  const isOfNote = what === "notes" || what === "ledger" || what === "journal";
  // A link of this server, and not merely what an open one takes no notice of.
  if (isOfNote && token !== null && (access.decide(noteIdOf(id), token).grant?.linkId ?? null) !== null) return;
  throw new HttpError(401, 'The control plane is the owner\'s: send the header "authorization: Bearer <token>"');
}
