/**
 * Who may talk to this server, by the headers that a browser cannot forge: `Host` (against DNS rebinding: a page of
 * evil.example whose name is made to point here) and `Origin` (against other sites' pages). Programs send no Origin.
 */

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

export interface HostGuard {
  /** Whether `Host` is a name of this server. */
  isKnownHost(request: IncomingMessage): boolean;
  /** Whether a page of this server or of an allowed site sent the request, or a program. */
  isKnownOrigin(request: IncomingMessage): boolean;
}

export interface HostGuardOptions {
  readonly host: string;
  readonly hosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

const LOCAL_NAMES = ["localhost", "127.0.0.1", "::1"];

export function createHostGuard({ host, hosts, allowedOrigins }: HostGuardOptions): HostGuard {
  const names = new Set([...LOCAL_NAMES, host.toLowerCase(), ...hosts.map((name) => hostNameOf(name) ?? name)]);
  const origins = new Set(allowedOrigins);
  const isLocal = isLocalHost(host);
  return {
    isKnownHost({ headers }) {
      const name = hostNameOf(headers.host);
      if (name === null) return false;
      // Reached from other machines, its own addresses are not known; a name is what rebinding needs.
      return names.has(name) || (!isLocal && isIP(name) !== 0);
    },
    isKnownOrigin({ headers }) {
      const { origin, host: own } = headers;
      if (origin === undefined || origins.has(origin)) return true;
      try {
        return new URL(origin).host === own?.toLowerCase();
      } catch {
        return false;
      }
    },
  };
}

/** Whether a server that listens on `host` can be reached from this machine alone. */
export function isLocalHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The name in a `Host` header, lower case, without port and brackets; null when it is none. */
function hostNameOf(header: string | undefined): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header ?? "");
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}
