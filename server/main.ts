/** Process entry: reads the configuration, starts the node, and owns signals and the policy for errors nobody caught. */

import { ConfigError, readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { startNode } from "./node.ts";

/** After this a stop is no longer waited for. */
const STOP_MS_MAX = 4_500;

async function main(): Promise<void> {
  // Nothing of this goes to anybody else.
  process.env.NEXT_TELEMETRY_DISABLED = "1";
  const config = readConfig(process.env, process.argv.slice(2), import.meta.url);
  const log = createLog(config.logLevel);
  // Next carries on after an error nobody caught; a server in an unknown state must not.
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, event);
      process.exit(1);
    });
  }
  const node = await startNode(config, log);
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
      node.close().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, "The stop was not clean");
          process.exit(1);
        },
      );
    });
  }
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  console.log(`Riftpad: http://${host === "0.0.0.0" || host === "127.0.0.1" ? "localhost" : host}:${node.port}`);
  console.log(`Data:    ${config.dataFolder}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
