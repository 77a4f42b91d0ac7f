/** The only reader of the environment and of the command line. */

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

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
}

/** What a person can do something about. Printed as one line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const USAGE = "Known options: --no-web (sync server alone), --dev (hot reload)";

/** @throws ConfigError when a value cannot be used. */
export function readConfig(env: NodeJS.ProcessEnv, argv: readonly string[], mainUrl: string): Config {
  const options = new Set(argv);
  for (const option of options)
    if (option !== "--no-web" && option !== "--dev") throw new ConfigError(`Unknown option ${option}. ${USAGE}`);
  // Both server/main.ts and dist/server.mjs lie one folder below the project.
  const projectFolder = dirname(dirname(fileURLToPath(mainUrl)));
  const { RIFTPAD_DATA = "", HOST = "", RIFTPAD_LOG = "" } = env;
  return {
    host: HOST === "" ? "127.0.0.1" : HOST,
    port: portOf(env.PORT),
    dataFolder: RIFTPAD_DATA === "" ? join(projectFolder, ".riftpad") : resolve(RIFTPAD_DATA),
    projectFolder,
    hasWeb: !options.has("--no-web"),
    isDev: options.has("--dev"),
    logLevel: RIFTPAD_LOG === "" ? "warn" : RIFTPAD_LOG,
  };
}

function portOf(text = ""): number {
  if (text === "") return 3000;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new ConfigError(`PORT is ${text}: expected a number from 0 to 65535`);
  return port;
}
