/**
 * What pages may do. Script runs only with this answer's nonce: Next puts it on its own scripts when it finds the policy
 * on the request, the layout on ours, and the editor on the style sheets that it makes (EditorView.cspNonce).
 */

import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** y-codemirror.next, which is used there as it is published, writes the colours of carets into style attributes. */
const STOCK_PAGE = /^\/notes\/[^/]+\/stock$/;
const AUTHORITY = /^[A-Za-z0-9.:[\]_-]{1,255}$/;

/** Set on every answer. */
export function setCommonHeaders(response: ServerResponse): void {
  response.setHeader("x-content-type-options", "nosniff");
  // An address may carry a link's capability.
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("cross-origin-opener-policy", "same-origin");
  // Together with the one above: pages get a clock of fine steps, and are told how much memory they use (/bench).
  response.setHeader("cross-origin-embedder-policy", "require-corp");
  response.setHeader("cross-origin-resource-policy", "same-origin");
}

/** Gives a page its policy, on the answer for the browser and on the request for Next. `isDev`: hot reload evaluates code. */
export function setPagePolicy(request: IncomingMessage, response: ServerResponse, path: string, isDev: boolean): void {
  const nonce = randomBytes(16).toString("base64");
  const policy = policyOf(nonce, request.headers.host, { isDev, hasStyleAttributes: STOCK_PAGE.test(path) });
  request.headers["content-security-policy"] = policy;
  request.headers["x-nonce"] = nonce;
  response.setHeader("content-security-policy", policy);
}

/** @internal Exported for its test. */
export function policyOf(nonce: string, host: string | undefined, { isDev = false, hasStyleAttributes = false } = {}): string {
  // Not every browser counts WebSockets of the same host as 'self'.
  const sockets = host !== undefined && AUTHORITY.test(host) ? ` ws://${host} wss://${host}` : "";
  return [
    "default-src 'none'",
    // Not 'strict-dynamic': it lets inline script run that any other script has put into the page.
    `script-src 'self' 'nonce-${nonce}'${isDev ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' ${isDev ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    ...(hasStyleAttributes ? ["style-src-attr 'unsafe-inline'"] : []),
    `connect-src 'self'${sockets}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join("; ");
}
