import { describe, expect, it } from "vitest";
import { DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { DELETE, DELETE_BACK, INSERT } from "../../crdt/text/event-log.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";
import { encodeRuns, runFrom } from "../../crdt/text/update-codec.ts";

const [ANA, BO, CY] = [1, 2, 3].map(replicaIdFrom) as [
  ReturnType<typeof replicaIdFrom>,
  ReturnType<typeof replicaIdFrom>,
  ReturnType<typeof replicaIdFrom>,
];

function typed(text: string, agent = ANA): TextDocument {
  const document = TextDocument.create({ agent });
  document.insert(0, text);
  return document;
}

describe("TextDocument", () => {
  it("refuses places outside the text, with the numbers in the message", () => {
    const document = typed("abc");
    expect(() => document.insert(4, "x")).toThrow("Invalid position 4 in a document of length 3");
    expect(() => document.delete(2, 2)).toThrow("Invalid range 2 to 4 in a document of length 3");
  });

  it("never cuts a surrogate pair, and makes half of one U+FFFD", () => {
    const document = typed("a😀b");
    document.insert(2, "x");
    expect(document.toString()).toBe("ax😀b");
    document.delete(3, 1);
    expect(document.toString()).toBe("axb");
    document.insert(1, "\ud83d");
    expect(document.toString()).toBe("a\ufffdxb");
  });

  it("what comes early waits, and is reported as missing", () => {
    const writer = TextDocument.create({ agent: ANA });
    const updates: Uint8Array[] = [];
    writer.onUpdate((update) => updates.push(update));
    for (const letter of "abc") writer.insert(writer.length, letter);
    const reader = TextDocument.create({ agent: BO });
    expect([reader.applyUpdate(updates[2]!), reader.toString()]).toEqual([[], ""]);
    expect(reader.missing()).toEqual([{ agent: ANA, from: 0, to: 2 }]);
    reader.applyUpdates([updates[1]!, updates[0]!]);
    expect([reader.toString(), reader.missing()]).toEqual(["abc", []]);
  });

  it("the same number with other content is refused, and nothing changes", () => {
    const [first, second] = [typed("hello"), typed("jello")];
    const before = first.encode();
    expect(() => first.applyUpdate(second.encode())).toThrow(ProtocolError);
    expect(first.encode()).toEqual(before);
  });

  it("whatever an author claims has one meaning everywhere: beyond the text is its end, and deletes nothing", () => {
    const insert = { agent: BO, seq: 0, parents: [[ANA, 2]] as const, kind: INSERT, position: 9, length: 1, text: "!" } as const;
    const beyond = { agent: CY, seq: 0, parents: [[ANA, 2]] as const, kind: DELETE, position: 2, length: 2, text: "" } as const;
    const back = { agent: CY, seq: 2, parents: null, kind: DELETE_BACK, position: 0, length: 4, text: "" } as const;
    const orders = [
      [insert, beyond, back],
      [beyond, back, insert],
      [beyond, insert, runFrom(back, 4), back],
    ];
    for (const order of orders) {
      const document = typed("abc");
      for (const run of order) document.applyUpdate(encodeRuns([run]));
      document.applyUpdate(encodeRuns(order));
      expect([document.toString(), document.eventCount, document.missing()]).toEqual(["!", 10, []]);
      document.checkInvariants();
    }
  });

  it("hostile bytes are a DecodeError with an offset", () => {
    for (const bytes of [[1], [3, 1], [0, 1, 1, 9], [0, 0, 255, 255, 255, 255, 15], [6, 1, 1, 0, 1, 97]]) {
      expect(() => typed("x").applyUpdate(Uint8Array.from(bytes))).toThrow(DecodeError);
    }
  });

  it("a place held by an anchor survives concurrent edits", () => {
    const ana = typed("hello world");
    const bo = TextDocument.load(ana.encode(), { agent: BO });
    const anchor = ana.anchor(6, 1);
    bo.insert(0, ">> ");
    bo.delete(3, 6);
    ana.applyUpdate(bo.since(ana.version()));
    expect([ana.toString(), ana.resolve(anchor)]).toEqual([">> world", 3]);
    expect(bo.resolve(anchor)).toBe(3);
  });

  it("checks out every past version", () => {
    const ana = typed("one ");
    const bo = TextDocument.load(ana.encode(), { agent: BO });
    const past: [Uint8Array, string][] = [];
    const note = (document: TextDocument): void => void past.push([document.frontier(), document.toString()]);
    for (let n = 0; n < 6; n++) {
      ana.insert(ana.length, `a${n} `);
      bo.delete(0, 1);
      bo.insert(0, "b");
      note(ana);
      if (n % 2 === 0) ana.applyUpdate(bo.since(ana.version()));
      else bo.applyUpdate(ana.since(bo.version()));
      note(n % 2 === 0 ? ana : bo);
    }
    ana.applyUpdate(bo.encode());
    for (const [frontier, text] of past) expect(ana.checkout(frontier)).toBe(text);
  });
});
