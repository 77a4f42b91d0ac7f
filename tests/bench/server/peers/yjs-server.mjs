/** yjs-server as its readme starts it. */
import { WebSocketServer } from "ws";
import * as Y from "yjs";
import { createYjsServer } from "yjs-server";

const { HOST, PORT } = process.env;
const sockets = new WebSocketServer({ host: HOST, port: Number(PORT) });
const server = createYjsServer({ createDoc: () => new Y.Doc() });
sockets.on("connection", (socket, request) => server.handleConnection(socket, request));
