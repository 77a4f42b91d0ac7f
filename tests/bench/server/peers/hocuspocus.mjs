/** Hocuspocus as its guide starts it; with DATABASE, its SQLite extension on that file. */
import { Server } from "@hocuspocus/server";

const { DATABASE, HOST, PORT } = process.env;
const extensions = DATABASE === undefined ? [] : [new (await import("@hocuspocus/extension-sqlite")).SQLite({ database: DATABASE })];
await new Server({ address: HOST, port: Number(PORT), quiet: true, extensions }).listen();
