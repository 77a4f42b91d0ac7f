/** Which request goes where, and what every answer carries. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { PromMetrics } from "../metrics/prom-metrics.ts";
import type { ServerHub } from "../nodes/primary.ts";
import { answerAccess, type AccessHttpOptions } from "./access-http.ts";
import { answerControl, type ControlHttpOptions } from "./control-http.ts";
import { answerJson, expectMethod, HttpError, sendError, sendJson } from "./http-error.ts";
import { bearerOf, type Permits } from "./permits.ts";
import { readTarget } from "./request-target.ts";
import { setCommonHeaders, setPagePolicy } from "./security-headers.ts";
import type { Web } from "./web.ts";

export interface RouterOptions {
  readonly control: ControlHttpOptions;
  readonly access: AccessHttpOptions;
  readonly metrics: PromMetrics;
  /** null: this server has no pages. */
  readonly pages: () => Web | null;
  readonly isDev: boolean;
}

export interface Router {
  /** Rejects when something of ours went wrong. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** From now on every request is answered with 503. */
  drain(): void;
}

export function createRouter({ control, access, metrics, pages, isDev }: RouterOptions): Router {
  let isDraining = false;
  return {
    drain: () => void (isDraining = true),
    async handle(request, response) {
      setCommonHeaders(response);
      if (isDraining) {
        response.setHeader("connection", "close");
        response.setHeader("retry-after", "1");
        return sendError(response, 503, "The server stops");
      }
      const target = readTarget(request.url);
      if (target === null) return sendError(response, 400, "An address longer than any of this server's");
      const { path } = target;
      if (path === "/healthz") return sendJson(response, 200, healthOf(control.hub));
      if (path === "/metrics") return sendMetrics(request, response, metrics, control.permits);
      if (isBelow(path, "/control")) return answerJson(response, () => answerControl(request, target, control));
      if (isBelow(path, "/access")) return answerJson(response, () => answerAccess(request, target, access));
      const web = pages();
      if (web === null) return sendError(response, 404, "This server has no pages: it was started with --no-web");
      setPagePolicy(request, response, path, isDev);
      return web.handle(request, response);
    },
  };
}

/** Whoever can read may go on reading: a server that cannot save is not down. */
function healthOf({ readOnly, counts, catalog }: ServerHub): object {
  const status = readOnly === null ? "ok" : "read-only";
  return { status, ...(readOnly === null ? {} : { reason: readOnly }), notes: catalog.noteCount, quarantined: counts.quarantined };
}

async function sendMetrics(request: IncomingMessage, response: ServerResponse, metrics: PromMetrics, permits: Permits): Promise<void> {
  try {
    permits.expectOwnPage(request);
    if (!permits.mayControl(request, bearerOf(request)))
      throw new HttpError(401, 'The metrics are the owner\'s: send the header "authorization: Bearer <token>"');
    expectMethod(request, "GET");
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return sendError(response, error.status, error.message);
  }
  const text = await metrics.text();
  response.writeHead(200, { "content-type": metrics.contentType, "cache-control": "no-store" }).end(text);
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}
