/** What a request asks for, read without ever throwing: nothing that a stranger writes there may. */

/** Longer ones are refused; a capability is about 200 characters. */
const TARGET_LENGTH_MAX = 4_096;
/** Of all addresses under which this server has anything. A note id needs no percent-encoding. */
const PLAIN_PATH = /^\/[A-Za-z0-9_./-]*$/;

export interface RequestTarget {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** The target of a request; null when it is longer than any of ours. The path is as it was sent: nothing is decoded. */
export function readTarget(url = "/"): RequestTarget | null {
  if (url.length > TARGET_LENGTH_MAX) return null;
  const at = url.indexOf("?");
  // Percent-encoding that is broken stays as it is.
  return { path: at === -1 ? url : url.slice(0, at), query: new URLSearchParams(at === -1 ? "" : url.slice(at)) };
}

/** Whether `path` could be an address of a socket here: no encoding, no empty names, and no steps upwards. */
export function isPlainPath(path: string): boolean {
  return PLAIN_PATH.test(path) && !path.includes("//") && !path.split("/").some((name) => name === ".." || name === ".");
}
