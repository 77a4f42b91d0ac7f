/**
 * Hands requests on to the pages' process, and its answers back, as they come: nothing is held here beyond what a stream
 * holds, whoever hangs up ends the other side's part too, and what the router has set on an answer stays on it.
 */

import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request as askHttp, type ServerResponse } from "node:http";
import { type Duplex, pipeline } from "node:stream";
import { sendError } from "./http-error.ts";

/**
 * What is said between two ends of one connection. What `connection` names besides stays: it would let a request drop its
 * own content-length, and its body pass for the next request.
 */
const HOP_BY_HOP = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const HEAD_BYTES_MAX = 64 * 1024;

/** The pages' process, as its socket is reached. */
export interface PagesAddress {
  readonly socketPath: string;
  readonly agent: Agent;
  /** There is nothing at that path, or nobody listens: it was tidied away as temporary files are, or its process is dying. */
  readonly onUnreachable: () => void;
}

/** Answers `request` with what the pages say, and with 503 when they are gone before they have said anything. */
export function forward(request: IncomingMessage, response: ServerResponse, to: PagesAddress): void {
  const { headers } = request;
  // A body of unknown length says itself where it ends, whatever the method.
  const framing = headers["transfer-encoding"] === undefined ? {} : { "transfer-encoding": "chunked" };
  const outgoing = ask(request, { ...endToEnd(headers), ...framing }, to);
  outgoing.once("response", (answer) => {
    for (const [name, value] of Object.entries(endToEnd(answer.headers))) if (value !== undefined) response.setHeader(name, value);
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage);
    // Ends the browser's connection when the answer breaks off.
    pipeline(answer, response, () => undefined);
  });
  outgoing.on("error", () => {
    if (response.destroyed) return;
    if (response.headersSent) response.destroy();
    else {
      // What is left of a body that nobody reads would be taken for the next request.
      if (!request.complete) response.setHeader("connection", "close");
      sendUnavailable(response);
    }
  });
  response.once("close", () => outgoing.destroy());
  request.pipe(outgoing);
}

export function sendUnavailable(response: ServerResponse): void {
  response.setHeader("retry-after", "1");
  sendError(response, 503, "The pages are not there at the moment: they are being started again. Notes are synced all the same");
}

/** Makes one connection of `socket` and the pages', once both have agreed to. */
export function tunnel(request: IncomingMessage, socket: Duplex, head: Buffer, to: PagesAddress): void {
  const outgoing = ask(request, request.headers, to);
  outgoing.once("upgrade", (answer, inner, innerHead) => {
    socket.write(headOf(answer, answer.rawHeaders));
    socket.write(innerHead);
    inner.write(head);
    pipeline(socket, inner, socket, () => undefined);
  });
  outgoing.once("response", (answer) => {
    answer.resume();
    socket.end(headOf(answer, ["connection", "close", "content-length", "0"]));
  });
  outgoing.on("error", () => socket.destroy());
  socket.once("close", () => outgoing.destroy());
  outgoing.end();
}

function ask({ method = "GET", url = "/" }: IncomingMessage, headers: IncomingHttpHeaders, to: PagesAddress): ReturnType<typeof askHttp> {
  const { socketPath, agent, onUnreachable } = to;
  const outgoing = askHttp({ socketPath, agent, method, path: url, headers, setHost: false, maxHeaderSize: HEAD_BYTES_MAX });
  return outgoing.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "ENOENT" || code === "ECONNREFUSED") onUnreachable();
  });
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function headOf({ statusCode = 502, statusMessage = "" }: IncomingMessage, rawHeaders: readonly string[]): string {
  const lines = rawHeaders.flatMap((name, n) => (n % 2 === 0 ? [`${name}: ${rawHeaders[n + 1]}\r\n`] : []));
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join("")}\r\n`;
}
