/** The parts of the server benchmark that could lie unnoticed: its frames, its updates, its counting, its tables. */

import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { decodeFrame, encodeFrame } from "../../crdt/sync/frames.ts";
import { decodeMessage, encodeGreeting, encodeStep1, encodeStep2, encodeUpdate } from "../bench/server/messages.ts";
import { readOptions } from "../bench/server/options.ts";
import { between } from "../bench/server/proc.ts";
import { median } from "../../crdt/lab/bench/figures.ts";
import { summarise } from "../bench/server/summary.ts";
import { ratioText, renderTable, verdict } from "../bench/server/tables.ts";
import { ClockReader, Deliveries, paced } from "../bench/server/traffic.ts";
import { clocksOf, EMPTY_UPDATE, twoWriters, UPDATE_CHARS, Writer } from "../bench/server/updates.ts";
import { encodeClientFrame, FrameReader, OPCODE } from "../bench/server/ws-codec.ts";

/** A server's frame: unmasked. */
function serverFrame(payload: Uint8Array, first = 0x82): Buffer {
  const { length } = payload;
  const header = length < 126 ? [first, length] : [first, 126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(header), payload]);
}

function collect(): { reader: FrameReader; messages: string[]; controls: number[] } {
  const messages: string[] = [];
  const controls: number[] = [];
  const reader = new FrameReader({
    onMessage: (payload) => void messages.push(Buffer.from(payload).toString()),
    onControl: (opcode) => void controls.push(opcode),
  });
  return { reader, messages, controls };
}

describe("the generator's frames", () => {
  it("masks what RFC 6455, section 5.7, masks", () => {
    const frame = encodeClientFrame(Buffer.from("Hello"), 0x37fa213d, OPCODE.text);
    expect(frame.toString("hex")).toBe("818537fa213d7f9f4d5158");
  });

  it.each([
    [125, "82fd"],
    [126, "82fe007e"],
    [65_535, "82feffff"],
    [65_536, "82ff0000000000010000"],
  ])("writes the length %i as %s", (length, header) => {
    const frame = encodeClientFrame(new Uint8Array(length), 1);
    expect(frame.subarray(0, header.length / 2).toString("hex")).toBe(header);
    expect(frame.length).toBe(header.length / 2 + 4 + length);
  });

  it("reads messages wherever the stream is cut", () => {
    const long = "x".repeat(300);
    const stream = Buffer.concat([serverFrame(Buffer.from("one")), serverFrame(Buffer.from(long)), serverFrame(Buffer.from("two"))]);
    for (let cut = 0; cut <= stream.length; cut++) {
      const { reader, messages } = collect();
      reader.feed(Buffer.from(stream.subarray(0, cut)));
      reader.feed(Buffer.from(stream.subarray(cut)));
      expect(messages).toEqual(["one", long, "two"]);
    }
  });

  it("joins fragments with a ping between them", () => {
    const { reader, messages, controls } = collect();
    reader.feed(serverFrame(Buffer.from("frag"), 0x02));
    reader.feed(serverFrame(Buffer.from(""), 0x89));
    reader.feed(serverFrame(Buffer.from("ment"), 0x80));
    expect(messages).toEqual(["fragment"]);
    expect(controls).toEqual([OPCODE.ping]);
  });

  it.each([
    ["a masked frame", "8285"],
    ["reserved bits", "c200"],
    ["a continuation of nothing", "8000"],
  ])("refuses %s", (_, hex) => {
    expect(() => collect().reader.feed(Buffer.from(hex, "hex"))).toThrow(RangeError);
  });
});

describe("the generator's messages", () => {
  const body = Uint8Array.of(1, 2, 3);

  it("are what our server reads, and it reads what our server writes", () => {
    expect(decodeFrame(encodeStep1("plain", "r", body))).toEqual({ type: "sync-step-1", version: body });
    expect(decodeFrame(encodeStep2("plain", "r", body))).toEqual({ type: "sync-step-2", update: body });
    expect(decodeFrame(encodeUpdate("plain", "r", body))).toEqual({ type: "update", update: body });
    expect(decodeMessage("plain", encodeFrame({ type: "update", update: body }))).toEqual({ kind: "update", body });
    expect(decodeMessage("plain", encodeFrame({ type: "query-awareness" }))).toEqual({ kind: "other" });
  });

  it("name the room first for Hocuspocus, and ask for a token", () => {
    expect(Buffer.from(encodeUpdate("hocuspocus", "room", body)).toString("latin1")).toBe("\u0004room\u0000\u0002\u0003\u0001\u0002\u0003");
    expect(decodeMessage("hocuspocus", encodeUpdate("hocuspocus", "room", body))).toEqual({ kind: "update", body });
    expect(encodeGreeting("plain", "room")).toBeNull();
    expect(encodeGreeting("hocuspocus", "room")?.slice(5, 7)).toEqual(Uint8Array.of(2, 0));
  });
});

describe("the generator's updates", () => {
  it("type a text into a real Y.Doc, about 25 bytes each", () => {
    const doc = new Y.Doc();
    const writer = new Writer(1_000_000_007);
    for (let n = 0; n < 1_000; n++) {
      const update = writer.next();
      if (n > 0) expect(update.length).toBeGreaterThanOrEqual(22);
      expect(update.length).toBeLessThanOrEqual(26);
      Y.applyUpdate(doc, update);
    }
    const words = Array.from({ length: 1_000 }, (_, n) => String.fromCharCode(97 + ((n + 1) % 26)).repeat(UPDATE_CHARS));
    expect(doc.getText("text").toJSON()).toBe(words.join(""));
    expect(doc.store.pendingStructs).toBeNull();
    expect(writer.written).toBe(1_000);
  });

  it("of four writers come to one text in any order, none of a writer's words torn", () => {
    const writers = [11, 22, 33, 44].map((client) => new Writer(client));
    const updates = Array.from({ length: 80 }, (_, n) => writers[n % 4]!.next());
    const [one, other] = [updates, updates.toReversed()].map((list) => {
      const doc = new Y.Doc();
      for (const update of list) Y.applyUpdate(doc, update);
      return doc.getText("text").toJSON();
    });
    expect(one).toBe(other);
    expect(one?.length).toBe(80 * UPDATE_CHARS);
  });

  it("of two writers in turns hold 100 KB in 1,000 items", () => {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, twoWriters(1_000, 100, [7, 9]));
    expect(doc.getText("text").length).toBe(100_000);
    expect([doc.store.clients.get(7)?.length, doc.store.clients.get(9)?.length]).toEqual([500, 500]);
  });

  it("are recognised in whatever a server makes of them", () => {
    const [a, b] = [new Writer(5), new Writer(6)];
    const updates = [a.next(), b.next(), a.next(), a.next(), b.next()];
    const ranges = [
      { client: 5, from: 0, to: 3 * UPDATE_CHARS },
      { client: 6, from: 0, to: 2 * UPDATE_CHARS },
    ];
    const doc = new Y.Doc();
    for (const update of updates) Y.applyUpdate(doc, update);
    for (const whole of [Y.mergeUpdates(updates), Y.encodeStateAsUpdate(doc)])
      expect(clocksOf(whole).toSorted((x, y) => x.client - y.client)).toEqual(ranges);
    expect(clocksOf(updates[2]!)).toEqual([{ client: 5, from: UPDATE_CHARS, to: 2 * UPDATE_CHARS }]);
    expect(clocksOf(EMPTY_UPDATE)).toEqual([]);
    // A gap is not taken for content.
    expect(clocksOf(Y.mergeUpdates([updates[0]!, updates[3]!]))).toEqual([
      { client: 5, from: 0, to: UPDATE_CHARS },
      { client: 5, from: 2 * UPDATE_CHARS, to: 3 * UPDATE_CHARS },
    ]);
  });

  it("are read once when they come again", () => {
    const reader = new ClockReader();
    const update = new Writer(5).next();
    expect(reader.read(update)).toBe(reader.read(Uint8Array.from(update)));
  });
});

describe("the generator's counting", () => {
  it("counts each update once for each reader, and knows what all have", () => {
    const delays: number[] = [];
    const deliveries = new Deliveries(2, (ms) => void delays.push(ms));
    deliveries.onSent(100);
    deliveries.onSent(110);
    deliveries.onReceived(0, 2 * UPDATE_CHARS, 120);
    deliveries.onReceived(0, 2 * UPDATE_CHARS, 121);
    expect([deliveries.sent, deliveries.delivered, deliveries.complete, deliveries.repeated]).toEqual([2, 2, 0, 1]);
    deliveries.onReceived(1, UPDATE_CHARS, 130);
    expect(deliveries.complete).toBe(1);
    expect(delays).toEqual([20, 10, 30]);
  });

  it("acts as often as it should, and says what went wrong", async () => {
    const seen: number[] = [];
    const { count } = await paced(1_000, 20, (n) => void seen.push(n));
    expect(count).toBe(20);
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => n));
    const failing = paced(1_000, 20, () => {
      throw new RangeError("no more");
    });
    await expect(failing).rejects.toThrow("no more");
  });

  it("tells waiting from running", () => {
    const span = between({ cpuMs: 10, runMs: 12, waitMs: 1 }, { cpuMs: 40, runMs: 42, waitMs: 11 });
    expect(span).toEqual({ cpuMs: 30, waitShare: 0.25 });
  });
});

describe("the tables", () => {
  const run = (cpuUs: number, othersShare: number, waitShare = 0) => ({ figures: { cpuUs }, waitShare, othersShare });
  const row = { title: "10 clients", case: "fan-out-10", figure: "cpuUs", wanted: 4 };

  it("take the median of the half that was disturbed least", () => {
    const summary = summarise("ours", "fan-out-10", [run(9, 0.5), run(3, 0.1, 0.2), run(2, 0), run(50, 0.9)]);
    expect([summary.figures["cpuUs"], summary.kept]).toEqual([2.5, 2]);
    expect(summary.waitShare).toBeCloseTo(0.1);
    expect(median([3, 1, 2])).toBe(2);
    expect(() => summarise("ours", "x", [])).toThrow(RangeError);
  });

  it("say how many times ours a peer's figure is, what is wanted, and whether it is met", () => {
    const summaries = [summarise("ours", "fan-out-10", [run(2, 0, 0.04)]), summarise("ws", "fan-out-10", [run(9, 0, 0.1)])];
    const columns = [
      { name: "ours", title: "ours" },
      { name: "ws", title: "ws relay" },
      { name: "gone", title: "gone" },
    ];
    expect(renderTable({ title: "Fan-out", rows: [row] }, columns, summaries)).toBe(
      [
        "### Fan-out",
        "",
        "|  | ws relay | gone | **ours, durable** | wanted |",
        "| --- | --- | --- | --- | --- |",
        "| 10 clients | 9 (4.5x) · w10 | - | **2** · w4 | <= 4, met |",
      ].join("\n"),
    );
    expect(renderTable({ title: "Nothing", rows: [{ ...row, case: "other" }] }, columns, summaries)).toBeNull();
    expect(verdict(row, 4.1)).toBe("<= 4, **missed**");
    expect(verdict(row, null)).toBe("<= 4");
    expect([ratioText(1, 3), ratioText(333, 10), ratioText(0, 3), ratioText(3, 0)]).toEqual(["0.33x", "33x", "", ""]);
  });
});

describe("the command line", () => {
  it("chooses, and runs each case three times unless it is in a hurry", () => {
    expect(readOptions([])).toMatchObject({ isQuick: false, repeat: 3, only: [], cores: [0, 1] });
    const options = readOptions(["--quick", "--only", "storm,fan-out", "--servers", "ours,ws-tick", "--cores", "2,3"]);
    const chosen = { isQuick: true, repeat: 1, only: ["storm", "fan-out"], servers: ["ours", "ws-tick"], cores: [2, 3] };
    expect(options).toMatchObject({ ...chosen, isHelp: false, isMarkdown: false, allowsMissing: false });
    expect(readOptions(["--help"]).isHelp).toBe(true);
  });

  it.each([
    [["--only", "nonsense"], "No case"],
    [["--servers", "ours,nonsense"], "No server"],
    [["--servers", "toString"], "No server"],
    [["--repeat", "0"], "expected 1 to 50"],
    [["--repeat"], "--repeat"],
    [["--hlep"], "Unknown option '--hlep'"],
    [["storm"], "Unexpected argument 'storm'"],
    [["--cores", "1,1"], "two cores"],
    [["--cores", "x"], "two cores"],
  ])("says what is wrong with %j", (flags, words) => {
    expect(() => readOptions(flags)).toThrow(words);
  });
});
