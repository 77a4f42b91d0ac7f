/** Where in a file the value of a path stands: what makes an error point at a line. */

import { type Place, placeOf } from "./json-shape.ts";

const STRING = /"(?:[^"\\]|\\.)*"/y;
const SCALAR = /[^\s,\]}]+/y;

/**
 * The place of `steps[2].ins[0]` or `expect["RGA"].text` in `json`, which parses; of a field that is not there, the place
 * of what lacks it. Both count from 1. Cost: linear in what stands before it.
 */
export function placeOfPath(json: string, path: string): Place {
  let at = skipSpace(json, 0);
  for (const token of tokensOf(path)) {
    const next = childAt(json, at, token);
    if (next === null) break;
    at = next;
  }
  return placeOf(json, at);
}

function tokensOf(path: string): (string | number)[] {
  return Array.from(path.matchAll(/\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]|([^.[\]]+)/g), ([, quoted, index, name]) =>
    quoted !== undefined ? (JSON.parse(quoted) as string) : index !== undefined ? Number(index) : name!,
  );
}

/** Where the value of `token` begins in the object or list that begins at `from`; null: there is none. */
function childAt(json: string, from: number, token: string | number): number | null {
  const isList = json.charAt(from) === "[";
  if (!isList && json.charAt(from) !== "{") return null;
  let found: number | null = null;
  let at = skipSpace(json, from + 1);
  for (let n = 0; json.charAt(at) !== "]" && json.charAt(at) !== "}"; n++) {
    let name: string | number = n;
    if (!isList) {
      const end = endOf(json, at);
      name = JSON.parse(json.slice(at, end)) as string;
      at = skipSpace(json, skipSpace(json, end) + 1);
    }
    // Of two fields of one name the last one counts.
    if (name === token) found = at;
    if (isList && found !== null) return found;
    at = skipSpace(json, endOf(json, at));
    if (json.charAt(at) === ",") at = skipSpace(json, at + 1);
  }
  return found;
}

/** Behind the value that begins at `from`. */
function endOf(json: string, from: number): number {
  let depth = 0;
  for (let at = from; ;) {
    const unit = json.charAt(at);
    if (unit === '"' || !/[\s,:[\]{}]/.test(unit)) {
      const pattern = unit === '"' ? STRING : SCALAR;
      pattern.lastIndex = at;
      pattern.test(json);
      at = pattern.lastIndex;
    } else {
      if (unit === "[" || unit === "{") depth++;
      if (unit === "]" || unit === "}") depth--;
      at++;
    }
    if (depth === 0) return at;
  }
}

function skipSpace(json: string, from: number): number {
  let at = from;
  while (at < json.length && " \t\r\n\ufeff".includes(json.charAt(at))) at++;
  return at;
}
