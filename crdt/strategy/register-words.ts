import type { Splice } from "../base/splice.ts";
import type { Stamp } from "../base/stamp.ts";
import { positionText } from "../types/line-position.ts";
import { decodeUpdate as decodeLines } from "./line-writes.ts";
import { decodeUpdate as decodeNote } from "./lww-note-strategy.ts";
import { decodeUpdate as decodeSiblings } from "./mv-note-strategy.ts";
import { type Describe, linesUpTo, quoted, spliceWords } from "./update-words.ts";

interface Written {
  readonly stamp: Stamp;
  readonly base: string | null;
  readonly splices: readonly (Splice & { readonly removed: string })[];
}

/** Writes to the one register of a note, and the text that the last of them leaves. */
export const describeLwwNote: Describe = (update) => {
  const { writes, head } = decodeNote(update);
  return linesUpTo(
    writes.map((write, n) => writeWords(write, head?.index === n ? `the note := ${quoted(head.text)}` : "overwritten since")),
  );
};

/** Writes to the registers of lines. */
export const describeLwwLine: Describe = (update) =>
  linesUpTo(
    decodeLines(update).writes.map((write) => {
      const line = `line ${positionText(write.position)}`;
      const { content } = write;
      return writeWords(
        write,
        content === null ? `${line}, overwritten since` : content.isDeleted ? `${line} := deleted` : `${line} := ${quoted(content.text)}`,
      );
    }),
  );

/** Writes that may stand side by side. */
export const describeMvNote: Describe = (update) =>
  linesUpTo(
    decodeSiblings(update).writes.map((write) => {
      const over = write.besides.length === 0 ? "" : `, and over ${write.besides.join(" and ")}`;
      return writeWords(write, (write.text === null ? "superseded since" : `the note := ${quoted(write.text)}`) + over);
    }),
  );

function writeWords({ stamp, base, splices }: Written, assigns: string): string {
  const on = base === null ? "the empty register" : base;
  return `${stamp.replica}:${stamp.seq}, stamped ${stamp.wallMs}, on ${on}: ${assigns} (${spliceWords(splices)})`;
}
