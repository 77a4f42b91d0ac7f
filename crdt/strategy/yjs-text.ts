/**
 * What a Yjs text shows, and what a transaction changed in it: characters, and U+FFFC for all else that has a place in it, as a
 * stock client's image. Not by Yjs' own `delta` and `toString`: reading the one deletes superfluous formats, and the other
 * passes over what `length` counts.
 */

import type { Splice } from "../base/splice.ts";

/** Of an item of Yjs, what matters here. */
export interface TextItem {
  readonly id: { readonly client: number; readonly clock: number };
  readonly length: number;
  readonly deleted: boolean;
  readonly countable: boolean;
  readonly content: object;
  readonly right: TextItem | null;
}

/** What happened to the items of a text. */
export interface TextChange {
  adds(item: TextItem): boolean;
  deletes(item: TextItem): boolean;
  /** First ids, as `client:clock`, of items that begin in the middle of what was a surrogate pair until now. */
  readonly cuts: ReadonlySet<string>;
}

/** Stands for what is not text. */
const OBJECT = "\ufffc";

/** Cost: linear in the items. */
export function shownText(first: TextItem | null): string {
  let text = "";
  for (let item = first; item !== null; item = item.right) if (item.countable && !item.deleted) text += shownAs(item);
  return text;
}

/** What an item that counts shows, gone or not. */
export function shownAs({ content, length }: TextItem): string {
  return "str" in content && typeof content.str === "string" ? content.str : OBJECT.repeat(length);
}

/** Whether an item begins with what Yjs puts for half a surrogate pair. */
export function beginsWithHalf({ content }: Pick<TextItem, "content">): boolean {
  return "str" in content && typeof content.str === "string" && content.str.startsWith("\ufffd");
}

/** The splices that a change is, against the text before it. Cost: linear in the items. */
export function splicesOf(first: TextItem | null, change: TextChange): Splice[] {
  const { cuts } = change;
  const out: Splice[] = [];
  let at = 0;
  let open: { index: number; remove: number; insert: string } | null = null;
  const replace = (remove: number, insert: string): void => {
    open ??= { index: at, remove: 0, insert: "" };
    open.remove += remove;
    open.insert += insert;
    at += remove;
  };
  const pass = (length: number): void => {
    if (length === 0) return;
    if (open !== null) out.push(open);
    open = null;
    at += length;
  };
  for (let item = first; item !== null; item = item.right) {
    if (!item.countable) continue;
    const { id, length, deleted } = item;
    if (change.adds(item)) {
      if (!deleted) replace(0, shownAs(item));
    } else if (deleted) {
      if (change.deletes(item)) replace(length, "");
    } else if (cuts.size === 0) {
      pass(length);
    } else {
      // Each half of a pair that was cut shows as something else now.
      const text = shownAs(item);
      const head = cuts.has(`${id.client}:${id.clock}`) ? 1 : 0;
      const tail = length > head && cuts.has(`${id.client}:${id.clock + length}`) ? 1 : 0;
      if (head > 0) replace(1, text.slice(0, 1));
      pass(length - head - tail);
      if (tail > 0) replace(1, text.slice(-1));
    }
  }
  if (open !== null) out.push(open);
  return out;
}
