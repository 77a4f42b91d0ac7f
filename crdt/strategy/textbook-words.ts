import { FUGUE } from "../textbook/fugue.ts";
import { FUGUEMAX } from "../textbook/fuguemax.ts";
import { RGA } from "../textbook/rga.ts";
import type { CharId } from "../textbook/run-tree.ts";
import { decodeOps, type Op, type OpParts } from "./textbook-ops.ts";
import { characters, type Describe, linesUpTo, quoted } from "./update-words.ts";

export const describeFugue = describerOf(FUGUE);
export const describeFugueMax = describerOf(FUGUEMAX);
export const describeRga = describerOf(RGA);

/** The operations of an update of that algorithm. */
function describerOf(parts: OpParts): Describe {
  return (update) => linesUpTo((update.length === 0 ? [] : decodeOps(update, parts)).map((op) => opWords(op, parts)));
}

function opWords(op: Op, { usesLamport }: OpParts): string {
  const id = `${op.agent}:${op.seq}`;
  const at = usesLamport ? `, Lamport time ${op.lamport}` : "";
  if (op.kind === "delete") return `${id} deletes ${characters(op.count)} from ${idText(op.target)}${at}`;
  const place = op.parent === null ? "under the root" : `${op.side} child of ${idText(op.parent)}`;
  return `${id} inserts ${quoted(op.text)}, ${place}${at}`;
}

function idText({ agent, seq }: CharId): string {
  return `${agent}:${seq}`;
}
