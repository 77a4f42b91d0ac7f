/**
 * The ceiling: a relay on `ws` that passes updates on and does nothing else. RELAY=each sends each to each socket;
 * RELAY=tick frames each once and writes once per socket and tick. It merges nothing, stores nothing, checks nothing.
 * So that clients can sync it answers step 1 with the last update of more than 50 KB in the room, else with nothing.
 */
import { WebSocketServer } from "ws";

const { HOST, PORT, RELAY } = process.env;
const LARGE_BYTES = 50 * 1024;
const [SYNC, STEP_1, STEP_2, UPDATE] = [0, 0, 1, 2];
const NOTHING = Buffer.from([SYNC, STEP_2, 2, 0, 0]);

const rooms = new Map();
const server = new WebSocketServer({ host: HOST, port: Number(PORT), perMessageDeflate: false, backlog: 4096 });
server.on("connection", (socket, request) => {
  const name = (request.url ?? "/").split("?", 1)[0];
  const room = rooms.get(name) ?? { members: new Set(), answer: NOTHING, waiting: [] };
  rooms.set(name, room);
  const member = { socket, wire: request.socket };
  room.members.add(member);
  socket.on("error", () => undefined);
  socket.on("close", () => {
    room.members.delete(member);
    if (room.members.size === 0) rooms.delete(name);
  });
  socket.on("message", (data) => {
    if (data[0] !== SYNC) return;
    if (data[1] === STEP_1) socket.send(room.answer);
    else if (data[1] === UPDATE) {
      if (data.length > LARGE_BYTES) room.answer = Buffer.concat([Buffer.from([SYNC, STEP_2]), data.subarray(2)]);
      if (RELAY === "tick") later(room, member, data);
      else for (const other of room.members) if (other !== member) other.socket.send(data);
    }
  });
});

function later(room, from, data) {
  room.waiting.push({ from, frame: framed(data) });
  if (room.waiting.length === 1) setImmediate(flush, room);
}

function flush(room) {
  const waiting = room.waiting.splice(0);
  const writers = new Set(waiting.map(({ from }) => from));
  const all = Buffer.concat(waiting.map(({ frame }) => frame));
  for (const member of room.members) {
    if (!writers.has(member)) member.wire.write(all);
    else if (writers.size > 1) member.wire.write(Buffer.concat(waiting.filter(({ from }) => from !== member).map(({ frame }) => frame)));
  }
}

/** A final, unmasked binary frame. */
function framed(data) {
  if (data.length < 126) return Buffer.concat([Buffer.from([0x82, data.length]), data]);
  const header = Buffer.alloc(data.length < 65_536 ? 4 : 10);
  header[0] = 0x82;
  header[1] = data.length < 65_536 ? 126 : 127;
  if (data.length < 65_536) header.writeUInt16BE(data.length, 2);
  else header.writeBigUInt64BE(BigInt(data.length), 2);
  return Buffer.concat([header, data]);
}
