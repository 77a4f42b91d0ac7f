/** The only reader of the environment and of the command line. Every setting is in server/README.md. */

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What the process allows at most, or waits for at most. Each can be set: `RIFTPAD_` and its name in capitals. */
export interface Limits {
  /** Open WebSockets in all. Further ones are refused with 503. */
  readonly connectionsMax: number;
  /** Open WebSockets from one address; the second is for the machine itself. Further ones are refused with 429. */
  readonly addressConnectionsMax: number;
  readonly loopbackConnectionsMax: number;
  /** New WebSockets from one address in ten seconds. Further ones are refused with 429. */
  readonly addressConnectsMax: number;
  readonly loopbackConnectsMax: number;
  /** Connections to one note. Further ones are closed with 1013. */
  readonly roomClientsMax: number;
  /** Notes in memory. A connection that would open another one is closed with 1013. */
  readonly roomsMax: number;
  /** How long a note that nobody is in stays in memory; with more than 1,000 there, 2 s at most. */
  readonly lingerMs: number;
  /** For how long a writer holds a note's lock after the last sign of life, where writers hold one. */
  readonly lockTtlMs: number;
  /** What is stored of one note, in bytes. A write beyond it is refused with 4413. */
  readonly noteBytesMax: number;
  /** How often each WebSocket is pinged; a peer that answers none of two is gone. */
  readonly pingMs: number;
  /** How long the head of a request may take, and the whole of it. */
  readonly headMsMax: number;
  readonly requestMsMax: number;
  /** After this a stop is no longer waited for. */
  readonly stopMsMax: number;
}

const LIMITS: Limits = {
  connectionsMax: 20_000,
  addressConnectionsMax: 1_000,
  loopbackConnectionsMax: 20_000,
  addressConnectsMax: 500,
  loopbackConnectsMax: 100_000,
  roomClientsMax: 5_000,
  roomsMax: 30_000,
  lingerMs: 30_000,
  lockTtlMs: 10_000,
  noteBytesMax: 64 * 1024 * 1024,
  pingMs: 10_000,
  headMsMax: 10_000,
  requestMsMax: 30_000,
  stopMsMax: 4_500,
};

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Absolute. Created when it is missing. */
  readonly dataFolder: string;
  /** Where app/, .next/ and next.config.mjs are. */
  readonly projectFolder: string;
  readonly hasWeb: boolean;
  readonly isDev: boolean;
  readonly logLevel: string;
  /** `open`: a note is open to whoever has its address. `links`: only to whoever holds a link that this server signed. */
  readonly access: "open" | "links";
  /** The owner's token; null: one is made. */
  readonly token: string | null;
  /** Names under which this server is reached besides its own, lower case, without a port. */
  readonly hosts: readonly string[];
  /** Other sites whose pages may connect, as `Origin` headers say them. */
  readonly allowedOrigins: readonly string[];
  /** How many nodes this process runs. */
  readonly nodeCount: 1 | 3 | 5;
  /** Whether history is cut off that everybody who was here in the last 30 days has seen. */
  readonly cutsHistory: boolean;
  /** Whether faults can be injected at all. */
  readonly hasFaults: boolean;
  readonly limits: Limits;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** What a person can do something about. Printed as one line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const USAGE = "Known options: --no-web (sync server alone), --dev (hot reload), --nodes 1|3|5";
/** A token that can be guessed protects nothing. */
const TOKEN = /^[A-Za-z0-9_~.-]{16,256}$/;

/** @throws ConfigError when a value cannot be used. */
export function readConfig(env: Env, argv: readonly string[], mainUrl: string): Config {
  const { nodes, rest } = takeNodes(argv);
  const options = new Set(rest);
  for (const option of options)
    if (option !== "--no-web" && option !== "--dev") throw new ConfigError(`Unknown option ${option}. ${USAGE}`);
  // Both server/main.ts and dist/server.mjs lie one folder below the project.
  const projectFolder = dirname(dirname(fileURLToPath(mainUrl)));
  const { RIFTPAD_DATA = "", HOST = "", RIFTPAD_LOG = "", RIFTPAD_TOKEN = "" } = env;
  if (RIFTPAD_TOKEN !== "" && !TOKEN.test(RIFTPAD_TOKEN))
    throw new ConfigError("RIFTPAD_TOKEN cannot be used: expected 16 to 256 of A-Z a-z 0-9 _ ~ . -");
  return {
    host: HOST === "" ? "127.0.0.1" : HOST,
    port: integer("PORT", env.PORT, 3000, 0, 65_535),
    dataFolder: RIFTPAD_DATA === "" ? join(projectFolder, ".riftpad") : resolve(RIFTPAD_DATA),
    projectFolder,
    hasWeb: !options.has("--no-web"),
    nodeCount: readNodeCount(nodes ?? env.RIFTPAD_NODES, options.has("--no-web") ? 1 : 3),
    isDev: options.has("--dev"),
    logLevel: RIFTPAD_LOG === "" ? "warn" : RIFTPAD_LOG,
    access: choice("RIFTPAD_ACCESS", env.RIFTPAD_ACCESS, ["open", "links"]),
    token: RIFTPAD_TOKEN === "" ? null : RIFTPAD_TOKEN,
    hosts: list(env.RIFTPAD_HOSTS).map((host) => host.toLowerCase()),
    allowedOrigins: list(env.ALLOWED_ORIGINS).map(originOf),
    cutsHistory: choice("RIFTPAD_HISTORY", env.RIFTPAD_HISTORY, ["keep", "cut"]) === "cut",
    hasFaults: choice("RIFTPAD_FAULTS", env.RIFTPAD_FAULTS, ["on", "off"]) === "on",
    limits: readLimits(env),
  };
}

/** `--nodes 3` or `--nodes=3`, and what is left of the command line. */
function takeNodes(argv: readonly string[]): { readonly nodes: string | undefined; readonly rest: readonly string[] } {
  const at = argv.findIndex((option) => option === "--nodes" || option.startsWith("--nodes="));
  if (at < 0) return { nodes: undefined, rest: argv };
  const isApart = argv[at] === "--nodes";
  const nodes = isApart ? (argv[at + 1] ?? "nothing") : argv[at]!.slice("--nodes=".length);
  return { nodes, rest: argv.toSpliced(at, isApart ? 2 : 1) };
}

function readNodeCount(text = "", fallback: 1 | 3): 1 | 3 | 5 {
  if (text === "") return fallback;
  const found = ([1, 3, 5] as const).find((count) => String(count) === text);
  if (found === undefined) throw new ConfigError(`The number of nodes is ${text}: expected 1, 3 or 5 (--nodes, RIFTPAD_NODES)`);
  return found;
}

function readLimits(env: Env): Limits {
  const entries = Object.entries(LIMITS).map(([key, fallback]: [string, number]) => {
    const name = `RIFTPAD_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
    return [key, integer(name, env[name], fallback, 1, 2 ** 40)] as const;
  });
  return Object.fromEntries(entries) as unknown as Limits;
}

function integer(name: string, text = "", fallback: number, min: number, max: number): number {
  if (text === "") return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new ConfigError(`${name} is ${text}: expected a number from ${min} to ${max}`);
  return value;
}

/** The first is the one without a word. */
function choice<T extends string>(name: string, text = "", choices: readonly [T, ...T[]]): T {
  const found = text === "" ? choices[0] : choices.find((each) => each === text);
  if (found === undefined) throw new ConfigError(`${name} is ${text}: expected ${choices.join(" or ")}`);
  return found;
}

function list(text = ""): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function originOf(text: string): string {
  try {
    const { origin } = new URL(text);
    if (origin !== "null") return origin;
  } catch {
    // Said below.
  }
  throw new ConfigError(`ALLOWED_ORIGINS has "${text}": expected origins such as https://notes.example, separated by commas`);
}
