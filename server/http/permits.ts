/**
 * Who may use what is not a note: the control plane, the metrics, the making of links. The local host may, and the
 * holder of the owner's token.
 */

import type { IncomingMessage } from "node:http";
import type { Access } from "../access/access.ts";
import type { HostGuard } from "./host-guard.ts";
import { isLocalHost } from "./host-guard.ts";
import { HttpError } from "./http-error.ts";

export interface Permits {
  /** Whether this request, or who holds `token`, may see and break every link. */
  mayControl(request: IncomingMessage, token: string | null): boolean;
  /** Whether it may make, list and end links. */
  mayShare(request: IncomingMessage, token: string | null): boolean;
  /** @throws HttpError 403 when another site's page sent the request, or under a name that is not this server's. */
  expectOwnPage(request: IncomingMessage): void;
}

const LOCAL_AUTHORITY = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;
/** A proxy has set one of these: whoever asks is not on this machine. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

export function createPermits(host: string, access: Access, guard: HostGuard): Permits {
  const isLocal = ({ headers }: IncomingMessage): boolean =>
    isLocalHost(host) &&
    (LOCAL_AUTHORITY.test(headers.host ?? "") || headers.host?.split(":", 1)[0] === host) &&
    !FORWARDED.some((name) => headers[name] !== undefined);
  const mayControl = (request: IncomingMessage, token: string | null): boolean => isLocal(request) || access.isOwner(token);
  return {
    mayControl,
    // Where links are what lets people in, being on the machine is not enough: a proxy may be, too.
    mayShare: (request, token) => (access.mode === "links" ? access.isOwner(token) : mayControl(request, token)),
    expectOwnPage(request) {
      if (!guard.isKnownHost(request))
        throw new HttpError(403, `This server is not known as "${(request.headers.host ?? "").slice(0, 80)}". Name it in RIFTPAD_HOSTS`);
      if (!guard.isKnownOrigin(request)) throw new HttpError(403, "Another site may not do this. Allow it in ALLOWED_ORIGINS");
    },
  };
}

/** The token that a request carries, or null. */
export function bearerOf({ headers }: IncomingMessage): string | null {
  return /^Bearer ([A-Za-z0-9_~.-]{1,1024})$/i.exec(headers.authorization ?? "")?.[1] ?? null;
}

/** What is answered where faults are switched off. */
export const FAULTS_OFF = "Faults are switched off on this server (RIFTPAD_FAULTS=off)";
