/** Reading of JSON that a person wrote: each fault names its path. */

/** A scenario that cannot be played, and where in the file the reason is. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
  /** `steps[2].ins[0]`; empty: the whole file. */
  readonly path: string;
  readonly problem: string;
  /** In the file, from 1; null: not known. */
  readonly line: number | null;

  constructor(path: string, problem: string, place: Place | null = null) {
    const where = place === null ? "" : `line ${place.line}, column ${place.column}: `;
    super(path === "" ? `${where}${problem}` : `${where}${path}: ${problem}`);
    this.path = path;
    this.problem = problem;
    this.line = place?.line ?? null;
  }

  /** The same, with its place. */
  at(place: Place): ScenarioError {
    return this.line === null ? new ScenarioError(this.path, this.problem, place) : this;
  }
}

/** Both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Shape = Readonly<Record<string, unknown>>;

/** @throws ScenarioError as all below, when `value` is something else. */
export function objectAt(value: unknown, path: string): Shape {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw expected("an object", value, path);
  return value as Shape;
}

/** @throws ScenarioError that names the first field of `shape` that is none of `known`. */
export function fieldsAt(shape: Shape, known: readonly string[], path: string): void {
  const other = Object.keys(shape).find((field) => !known.includes(field));
  if (other === undefined) return;
  const at = /^[A-Za-z_]\w*$/.test(other) ? (path === "" ? other : `${path}.${other}`) : `${path}[${JSON.stringify(other)}]`;
  throw new ScenarioError(at, `unknown field; there are ${known.join(", ")}`);
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw expected("a list", value, path);
  return value as readonly unknown[];
}

export function textAt(value: unknown, path: string): string {
  if (typeof value !== "string") throw expected("a text", value, path);
  return value;
}

export function numberAt(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw expected("a number", value, path);
  return value;
}

/** An integer, 0 or more. */
export function countAt(value: unknown, path: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw expected("an integer of 0 or more", value, path);
  return value as number;
}

export function flagAt(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") throw expected("true or false", value, path);
  return value;
}

/** One of `choices`. */
export function choiceAt<T extends string>(value: unknown, choices: readonly T[], path: string): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw expected(choices.map((choice) => JSON.stringify(choice)).join(" or "), value, path);
  return found;
}

/** `read` where there is a value, else `fallback`. */
export function optionalAt<T, F>(value: unknown, path: string, read: (value: unknown, path: string) => T, fallback: F): T | F {
  return value === undefined ? fallback : read(value, path);
}

function expected(what: string, got: unknown, path: string): ScenarioError {
  const shown = got === undefined ? "nothing" : (JSON.stringify(got) ?? typeof got);
  return new ScenarioError(path, `expected ${what}, got ${shown.length > 60 ? `${shown.slice(0, 57)}...` : shown}`);
}

/** Where in `text` a unit lies, for people: both count from 1. */
export function placeOf(text: string, index: number): Place {
  const before = text.slice(0, index).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** `text` as JSON. @throws ScenarioError with line and column of the fault. */
export function parseJson(text: string): unknown {
  const json = text.replace(/^\ufeff/, "");
  try {
    return JSON.parse(json);
  } catch {
    const at = faultIn(json);
    const got = at < json.length ? JSON.stringify(json.slice(at, at + 12).split("\n", 1)[0]) : "the end of the file";
    throw new ScenarioError("", `not JSON: unexpected ${got}`, placeOf(json, at));
  }
}

const SCALAR = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Where `text` stops being JSON. JSON.parse tells some places and not others, and not the same in every version. */
function faultIn(text: string): number {
  let at = 0;
  const open: ("{" | "[")[] = [];
  /** What comes next, and whether the list or object may end instead. */
  let want: { readonly what: "value" | "key" | "colon" | "comma"; readonly orEnd: boolean } = { what: "value", orEnd: false };
  const isIn = (bracket: "{" | "["): boolean => open.at(-1) === bracket;
  for (;;) {
    while (" \t\r\n".includes(text.charAt(at)) && at < text.length) at++;
    const unit = text.charAt(at);
    if (want.orEnd && unit !== "" && unit === (isIn("{") ? "}" : "]")) {
      open.pop();
      if (open.length === 0) return at + 1 + /^\s*/.exec(text.slice(at + 1))![0].length;
      want = { what: "comma", orEnd: true };
      at++;
    } else if (want.what === "comma") {
      if (unit !== ",") return at;
      want = { what: isIn("{") ? "key" : "value", orEnd: false };
      at++;
    } else if (want.what === "colon") {
      if (unit !== ":") return at;
      want = { what: "value", orEnd: false };
      at++;
    } else if (want.what === "value" && (unit === "{" || unit === "[")) {
      open.push(unit);
      want = { what: unit === "{" ? "key" : "value", orEnd: true };
      at++;
    } else {
      SCALAR.lastIndex = at;
      if ((want.what === "key" && unit !== '"') || !SCALAR.test(text)) return at;
      at = SCALAR.lastIndex;
      if (open.length === 0) return at + /^\s*/.exec(text.slice(at))![0].length;
      want = want.what === "key" ? { what: "colon", orEnd: false } : { what: "comma", orEnd: true };
    }
  }
}
