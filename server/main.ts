/** Process entry: reads the configuration, starts the node, and owns signals and the policy for errors nobody caught. */

import { ConfigError, readConfig } from "./config.ts";
import { installFailurePolicy } from "./failure-policy.ts";
import { createLog } from "./log.ts";
import { type RunningNode, startNode } from "./node.ts";

async function main(): Promise<void> {
  // Nothing of this goes to anybody else.
  process.env.NEXT_TELEMETRY_DISABLED = "1";
  const config = readConfig(process.env, process.argv.slice(2), import.meta.url);
  const log = createLog(config.logLevel);
  let node: RunningNode | null = null;
  installFailurePolicy({ log, flush: async () => node?.fail(), exit: (code) => process.exit(code) });
  node = await startNode(config, log);
  const running = node;
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      setTimeout(() => {
        log.error("The stop took too long");
        process.exit(1);
      }, config.limits.stopMsMax).unref();
      running.close().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, "The stop was not clean");
          process.exit(1);
        },
      );
    });
  }
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  const address = `http://${host === "0.0.0.0" || host === "127.0.0.1" ? "localhost" : host}:${node.port}`;
  console.log(`Riftpad: ${address}`);
  console.log(`Data:    ${config.dataFolder}`);
  if (node.ownerToken !== null) {
    console.log(`Owner:   ${address}/notes/welcome?cap=${node.ownerToken}`);
    console.log("         Whoever has this address may do everything. Programs send: authorization: Bearer <what follows cap=>");
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
