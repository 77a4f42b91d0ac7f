/**
 * Whose the carets are. Behind the end of the row that a caret is in, over no text: a name while its author types or
 * moves and for a moment after, otherwise their letter. Never spoken: the list of who is here says it in words.
 */

import type { Extension } from "@codemirror/state";
import { Direction, type EditorView, layer, type LayerMarker, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { glyphLetter } from "../_network/replica-glyph.tsx";
import { heldCarets, hueClass, type RemoteCaret, remoteCarets } from "./remote-carets.ts";

/** How long a name stays after the last key or move. */
const NAME_MS = 3_000;
/** Room that is taken for what is about to be drawn: a letter's box, and a name's by its characters. */
const LETTER_PX = 16;
const CHARACTER_PX = 7;
const WIDE_CHARACTER_PX = 12;
const NAME_CHARACTERS_MAX = 24;

/** Carets, selections and flags. */
export function caretFlags(): Extension {
  return [remoteCarets(), recent, flags];
}

/** Who has typed or moved a moment ago. */
const recent = ViewPlugin.define((view) => {
  const untilMs = new Map<number, number>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const lapse = (): void => {
    timer = null;
    const nowMs = Date.now();
    for (const [id, ms] of untilMs) if (ms <= nowMs) untilMs.delete(id);
    // Nothing but the flags is drawn anew.
    view.dispatch({});
    waitOn();
  };
  const waitOn = (): void => {
    if (timer === null && untilMs.size > 0) timer = setTimeout(lapse, Math.max(0, Math.min(...untilMs.values()) - Date.now()));
  };
  return {
    untilMs,
    update({ startState, state }: ViewUpdate): void {
      const [before, { moves }] = [heldCarets(startState).moves, heldCarets(state)];
      if (before === moves) return;
      for (const [id, count] of moves) if (count !== before.get(id)) untilMs.set(id, Date.now() + NAME_MS);
      waitOn();
    },
    destroy(): void {
      if (timer !== null) clearTimeout(timer);
    },
  };
});

const flags = layer({
  above: true,
  class: "rp-flags",
  update: () => true,
  markers(view) {
    const rows = new Map<number, { readonly row: Row; readonly carets: RemoteCaret[] }>();
    for (const caret of heldCarets(view.state).list) {
      const row = rowOf(view, caret.head);
      const held = row === null ? undefined : rows.get(row.top);
      if (held !== undefined) held.carets.push(caret);
      else if (row !== null) rows.set(row.top, { row, carets: [caret] });
    }
    return [...rows.values()].map(({ row, carets }) => new RowMarker(view, row, carets));
  },
});

/** One row of a wrapped line, in pixels from the corner of what scrolls. */
interface Row {
  /** The outer edge of what is written in it. */
  readonly edge: number;
  readonly top: number;
  readonly height: number;
  /** Whether it begins at the right. */
  readonly isRtl: boolean;
  /** Room behind the edge. */
  readonly roomPx: number;
}

/** The row that `head` is in; null: it is not drawn. Reads the layout. */
function rowOf(view: EditorView, head: number): Row | null {
  const { from, to } = view.viewport;
  const at = head < from || head > to ? null : view.coordsAtPos(head, -1);
  const { node } = view.domAtPos(head);
  const line = (node instanceof Element ? node : node.parentElement)?.closest(".cm-line");
  if (at === null || line == null) return null;
  const inLine = document.createRange();
  inLine.selectNodeContents(line);
  const middle = (at.top + at.bottom) / 2;
  // Where text of both directions is in it, its last character need not be its outermost.
  const pieces = [...inLine.getClientRects()].filter(({ top, bottom }) => top < middle && bottom > middle);
  const isRtl = view.textDirectionAt(head) === Direction.RTL;
  const { scrollDOM } = view;
  const frame = scrollDOM.getBoundingClientRect();
  const edge = isRtl ? Math.min(at.left, ...pieces.map(({ left }) => left)) : Math.max(at.right, ...pieces.map(({ right }) => right));
  const roomPx = isRtl ? edge - frame.left : frame.left + scrollDOM.clientWidth - edge;
  // The same for every caret of the row, however high the letters beside it.
  const top = Math.min(pieces.length === 0 ? at.top : at.bottom, ...pieces.map((piece) => piece.top));
  const bottom = Math.max(at.bottom, ...pieces.map((piece) => piece.bottom));
  return {
    edge: edge - frame.left + scrollDOM.scrollLeft,
    top: Math.round(top - frame.top + scrollDOM.scrollTop),
    height: Math.round(bottom - top),
    isRtl,
    roomPx,
  };
}

/** What stands behind one row. */
class RowMarker implements LayerMarker {
  readonly #view: EditorView;
  readonly #row: Row;
  readonly #carets: readonly { readonly text: string; readonly title: string; readonly className: string }[];

  constructor(view: EditorView, row: Row, carets: readonly RemoteCaret[]) {
    this.#view = view;
    this.#row = row;
    const untilMs = view.plugin(recent)?.untilMs;
    const titles = carets.map(({ name, ghost }) => (ghost === null ? name : `${name}, ${ghost}`));
    let roomPx = row.roomPx - LETTER_PX * carets.length;
    if (roomPx < 0 && carets.length > 1) {
      this.#carets = [{ text: String(carets.length), title: titles.join("\n"), className: "rp-hue-none" }];
      return;
    }
    this.#carets = carets.map((caret, index) => {
      const title = titles[index]!;
      const widthPx = nameWidthPx(title) - LETTER_PX;
      const isNamed = (caret.ghost !== null || untilMs?.has(caret.id) === true) && widthPx <= roomPx;
      if (isNamed) roomPx -= widthPx;
      const className = `${hueClass(caret)}${caret.ghost === null ? "" : " rp-ghost"}`;
      return { text: isNamed ? title : glyphLetter(caret.name), title, className };
    });
  }

  eq(other: LayerMarker): boolean {
    return (
      other instanceof RowMarker &&
      JSON.stringify(other.#row) === JSON.stringify(this.#row) &&
      JSON.stringify(other.#carets) === JSON.stringify(this.#carets)
    );
  }

  draw(): HTMLElement {
    const { edge, top, height, isRtl } = this.#row;
    const row = document.createElement("div");
    row.className = isRtl ? "rp-row rp-rtl" : "rp-row";
    row.style.left = `${edge}px`;
    row.style.top = `${top}px`;
    row.style.height = `${height}px`;
    row.append(
      ...this.#carets.map(({ text, title, className }) => {
        const flag = document.createElement("span");
        flag.className = `rp-flag ${className}`;
        flag.title = title;
        flag.textContent = text;
        return flag;
      }),
    );
    // As if there were nothing behind the row.
    row.onmousedown = (event) => {
      event.preventDefault();
      const { left, right } = row.getBoundingClientRect();
      const at = this.#view.posAtCoords({ x: isRtl ? right + 1 : left - 1, y: event.clientY }, false);
      this.#view.dispatch({ selection: { anchor: at } });
      this.#view.focus();
    };
    return row;
  }
}

/** Rather too much than too little. */
function nameWidthPx(name: string): number {
  const characters = Array.from(name).slice(0, NAME_CHARACTERS_MAX);
  return characters.reduce((sum, character) => sum + (character > "\u2e80" ? WIDE_CHARACTER_PX : CHARACTER_PX), 8);
}
