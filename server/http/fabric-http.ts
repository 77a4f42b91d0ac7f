/** Nodes, links and partitions over plain HTTP. */

import type { IncomingMessage } from "node:http";
import { parseNoteId } from "../../crdt/base/ids.ts";
import type { ControlPlane } from "../faults/control-plane.ts";
import { issueText } from "../faults/control-schema.ts";
import { fabricCommand } from "../faults/fabric-schema.ts";
import { expectMethod, HttpError, readJson } from "./http-error.ts";
import { FAULTS_OFF } from "./permits.ts";

/** Answers with the nodes as they are afterwards. `path` is what follows /control/. @throws HttpError */
export async function answerFabric(
  request: IncomingMessage,
  [what = "", first = "", second = ""]: readonly string[],
  query: URLSearchParams,
  { plane, hasFaults }: { readonly plane: ControlPlane; readonly hasFaults: boolean },
): Promise<unknown> {
  const { fabric } = plane;
  if (fabric === null) throw new HttpError(404, "This server has no nodes to command");
  const note = query.get("note");
  const noteId = note === null ? null : parseNoteId(note);
  if (note !== null && noteId === null) throw new HttpError(400, `"${note.slice(0, 80)}" is no note id`);
  if (what === "nodes" && first === "") {
    expectMethod(request, "GET");
    return fabric.state(noteId);
  }
  expectMethod(request, what === "node-links" ? "PUT" : "POST");
  if (!hasFaults) throw new HttpError(403, FAULTS_OFF);
  const body = await readJson(request);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new HttpError(400, "Expected an object");
  const parsed = fabricCommand.safeParse({ ...body, ...addressed(what, first, second) });
  if (!parsed.success) throw new HttpError(400, issueText(parsed.error));
  const problem = await plane.fabricCommand(parsed.data);
  if (problem !== null) throw new HttpError(400, problem);
  return fabric.state(noteId);
}

/** What of the command stands in the address. */
function addressed(what: string, first: string, second: string): object {
  if (what === "nodes") return { type: "node", node: first };
  if (what === "node-links") return { type: "set-node-link", nodes: [first, second] };
  return { type: what };
}
