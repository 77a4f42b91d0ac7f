/** JSON over HTTP: answers, errors with a status, and bodies that are what they say. */

import type { IncomingMessage, ServerResponse } from "node:http";

const BODY_BYTES_MAX = 64 * 1024;

/** What a request is answered with instead of a result. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Answers with what `answer` returns, or with `{ "error": ... }` and the status of the HttpError that it throws. */
export async function answerJson(response: ServerResponse, answer: () => unknown): Promise<void> {
  try {
    sendJson(response, 200, await answer());
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    sendError(response, error.status, error.message);
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" }).end(text);
}

export function sendError(response: ServerResponse, status: number, error: string): void {
  if (status === 401) response.setHeader("www-authenticate", 'Bearer realm="riftpad"');
  // What is left of a body that nobody reads would be taken for the next request.
  if (status === 413 || status === 415) response.setHeader("connection", "close");
  sendJson(response, status, { error });
}

/** @throws HttpError 405 */
export function expectMethod(request: IncomingMessage, ...methods: readonly string[]): void {
  if (!methods.includes(request.method ?? "")) throw new HttpError(405, `Expected ${methods.join(" or ")}, got ${request.method}`);
}

/**
 * A body is JSON or is not there: a form of another site can send text/plain and the like without asking, but not this.
 * @throws HttpError 415
 */
export function expectJsonBody({ headers }: IncomingMessage): void {
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (hasBody && !/^application\/json\s*(?:;|$)/i.test(headers["content-type"] ?? ""))
    throw new HttpError(415, 'Expected the header "content-type: application/json"');
}

/** @throws HttpError 415, 413, 400 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  expectJsonBody(request);
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
