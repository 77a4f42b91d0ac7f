import { replicaIdFrom } from "../base/ids.ts";
import { readPlainUpdate } from "./yjs-updates.ts";
import { characters, type Describe, linesUpTo, quoted } from "./update-words.ts";

/** The structs and deletions of a Yjs update. */
export const describeYjs: Describe = (update) => {
  const plain = readPlainUpdate(update);
  if (plain === null) return ["more than plain text: formats, embeds or other types of a stock client"];
  const inserts = [...plain.structs].flatMap(([client, structs]) =>
    structs.map(({ clock, length, text, originClient, originClock, rightClient, rightClock }) => {
      const id = idText(client, clock);
      if (text === null) return `${id} stands for ${characters(length)} that are gone`;
      const left = originClient < 0 ? "the beginning" : idText(originClient, originClock);
      const right = rightClient < 0 ? "the end" : idText(rightClient, rightClock);
      return `${id} inserts ${quoted(text)} between ${left} and ${right}`;
    }),
  );
  const deletes = plain.deletes.map(([client, from, to]) => `deletes ${characters(to - from)} from ${idText(client, from)}`);
  return linesUpTo([...inserts, ...deletes]);
};

function idText(client: number, clock: number): string {
  return `${replicaIdFrom(client)}:${clock}`;
}
