/** Leases and locks over plain HTTP. */

import type { IncomingMessage } from "node:http";
import type { LeaseAnswer } from "../../crdt/sync/lease-messages.ts";
import type { ControlPlane } from "../faults/control-plane.ts";
import { issueText } from "../faults/control-schema.ts";
import { leaseCommand } from "../faults/lease-schema.ts";
import { LeaseProblem } from "../faults/leases.ts";
import { expectMethod, HttpError, readJson } from "./http-error.ts";
import { FAULTS_OFF } from "./permits.ts";

/** Answers with the lease and the lock as they are afterwards. `what` is `leases` or `locks`. @throws HttpError */
export async function answerLeases(
  request: IncomingMessage,
  [what = "", noteId = ""]: readonly string[],
  { plane, hasFaults }: { readonly plane: ControlPlane; readonly hasFaults: boolean },
): Promise<LeaseAnswer> {
  const { leases } = plane;
  if (leases === null) throw new HttpError(404, "This server has no nodes to command");
  const isLock = what === "locks";
  expectMethod(request, "GET", "DELETE", ...(isLock ? ["PUT"] : []));
  const asked = { ...(request.method === "PUT" ? await bodyOf(request) : {}), noteId };
  const type = request.method === "PUT" ? "set-lock" : isLock ? "end-lock" : "end-lease";
  const parsed = leaseCommand.safeParse({ ...asked, type });
  if (!parsed.success) throw new HttpError(400, issueText(parsed.error));
  try {
    if (request.method !== "GET") {
      if (!hasFaults) throw new HttpError(403, FAULTS_OFF);
      await leases.command(parsed.data);
    }
    return await leases.state(parsed.data.noteId);
  } catch (error) {
    if (error instanceof LeaseProblem) throw new HttpError(error.status, error.message);
    throw error;
  }
}

async function bodyOf(request: IncomingMessage): Promise<object> {
  const body = await readJson(request);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new HttpError(400, "Expected an object");
  return body;
}
