import { DELETE_BACK, INSERT } from "../text/event-log.ts";
import { runsOfPacked } from "../text/update-algebra.ts";
import { decodeFrames, type Run } from "../text/update-codec.ts";
import { characters, type Describe, linesUpTo, quoted } from "./update-words.ts";

/** Histories beyond this are told by their size: to open one costs as much as to open the note. */
const PACKED_BYTES_MAX = 64 * 1024;

/** The runs of a walker update. */
export const describeWalker: Describe = (update) => {
  const { runs, packed } = decodeFrames(update);
  const whole = packed.flatMap((body) =>
    body.length > PACKED_BYTES_MAX ? [`a whole history of ${body.length} bytes`] : runsOfPacked(body).map(runWords),
  );
  return linesUpTo([...whole, ...runs.map(runWords)]);
};

function runWords({ agent, seq, parents, kind, position, length, text }: Run): string {
  const does = kind === INSERT ? `inserts ${quoted(text)}` : `deletes ${characters(length)}${kind === DELETE_BACK ? ", backwards" : ""}`;
  if (parents === null)
    return `${agent}:${seq} ${does}, where its author's event before left the caret${position === 0 ? "" : ` ${position > 0 ? "+" : ""}${position}`}`;
  const on = parents.length === 0 ? "the empty text" : `what ${parents.map(([id, at]) => `${id}:${at}`).join(" and ")} made`;
  return `${agent}:${seq} ${does} at ${position} of ${on}`;
}
