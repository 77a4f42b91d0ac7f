/** Single messages over plain HTTP. */

import type { IncomingMessage } from "node:http";
import { parseNoteId } from "../../crdt/base/ids.ts";
import type { MessagesAnswer } from "../../crdt/sync/held-messages.ts";
import type { ControlPlane } from "../faults/control-plane.ts";
import { issueText } from "../faults/control-schema.ts";
import { holdCommand } from "../faults/hold-schema.ts";
import { expectMethod, HttpError, readJson } from "./http-error.ts";
import { FAULTS_OFF } from "./permits.ts";

/** A `hold` answers with the replicas, an act with what is on its way then. `path` is what follows /control/. @throws HttpError */
export async function answerHolds(
  request: IncomingMessage,
  [what = "", first = "", second = ""]: readonly string[],
  query: URLSearchParams,
  { plane, hasFaults }: { readonly plane: ControlPlane; readonly hasFaults: boolean },
): Promise<unknown> {
  const { holds } = plane;
  if (what === "messages" && first === "") {
    expectMethod(request, "GET");
    const noteId = parseNoteId(query.get("note") ?? "");
    if (noteId === null) throw new HttpError(400, "Of which note: ?note=<note>");
    return { noteId, links: holds.messages(noteId) } satisfies MessagesAnswer;
  }
  if (what === "messages" && second !== "") {
    expectMethod(request, "GET");
    try {
      return await plane.inspect(first, Number(second));
    } catch (error) {
      if (error instanceof RangeError) throw new HttpError(404, error.message);
      throw error;
    }
  }
  expectMethod(request, what === "holds" ? "PUT" : "POST");
  if (!hasFaults) throw new HttpError(403, FAULTS_OFF);
  const body = await readJson(request);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new HttpError(400, "Expected an object");
  const parsed = holdCommand.safeParse({
    ...body,
    ...(what === "holds" ? { type: "hold", replicaId: first } : { type: "message", link: first }),
  });
  if (!parsed.success) throw new HttpError(400, issueText(parsed.error));
  if (parsed.data.type === "inspect-message") throw new HttpError(400, "GET /control/messages/<link>/<id>");
  const noteId = holds.noteOf(first);
  const problem = plane.holdCommand(parsed.data);
  if (problem !== null) throw new HttpError(400, problem);
  return noteId === null ? plane.replicas() : ({ noteId, links: holds.messages(noteId) } satisfies MessagesAnswer);
}
