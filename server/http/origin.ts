import type { IncomingMessage } from "node:http";

/** Whether a page of this server sent the request, or a program, which names no origin. */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}
