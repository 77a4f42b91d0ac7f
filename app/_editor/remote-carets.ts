/** Where the others are: their carets, and selections tinted in their colours. Decoration alone; names are in caret-flags.ts. */

import { type EditorState, type Extension, type Range, StateEffect, StateField, Transaction } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, WidgetType } from "@codemirror/view";

export interface RemoteCaret {
  readonly id: number;
  readonly name: string;
  /** 0 to 7, or null for a client that is not ours. */
  readonly colour: number | null;
  /** Offsets in the editor's text. */
  readonly anchor: number;
  readonly head: number;
  /** Where it was, such as "12 s ago"; null: where it is. */
  readonly ghost: string | null;
}

/** Carets at one place that stand side by side; more stand on the last. */
const ABREAST_MAX = 4;

export interface HeldCarets {
  /** Offsets in the text as it is, whatever was typed since they were told. */
  readonly list: readonly RemoteCaret[];
  /** How often each was seen to move or to type, by id: only what has changed means anything. */
  readonly moves: ReadonlyMap<number, number>;
  readonly decorations: DecorationSet;
}

const setCarets = StateEffect.define<readonly RemoteCaret[]>();

const carets = StateField.define<HeldCarets>({
  create: () => ({ list: [], moves: new Map(), decorations: Decoration.none }),
  update(held, transaction) {
    const told = transaction.effects.reduce<readonly RemoteCaret[] | null>(
      (last, effect) => (effect.is(setCarets) ? effect.value : last),
      null,
    );
    if (told === null && (!transaction.docChanged || held.list.length === 0)) return held;
    const moves = new Map(held.moves);
    const moved = ({ id }: RemoteCaret): unknown => moves.set(id, (moves.get(id) ?? 0) + 1);
    const { changes, state } = transaction;
    const carried = held.list.map((caret) => ({ ...caret, anchor: changes.mapPos(caret.anchor, 1), head: changes.mapPos(caret.head, 1) }));
    // What comes from elsewhere and ends at a caret was typed there, and the caret may never be told anew: it stands at the end still.
    if (transaction.annotation(Transaction.remote) === true)
      changes.iterChangedRanges((_fromA, _toA, _fromB, toB) => carried.filter(({ head }) => head === toB).forEach(moved));
    const list = told?.map((caret) => within(caret, state)) ?? carried;
    for (const caret of list) if (caret.head !== carried.find(({ id }) => id === caret.id)?.head) moved(caret);
    return { list, moves, decorations: decorate(list) };
  },
  provide: (field) => EditorView.decorations.from(field, ({ decorations }) => decorations),
});

export function remoteCarets(): Extension {
  return carets;
}

/** What is held of the others. The editor must have `remoteCarets`. */
export function heldCarets(state: EditorState): HeldCarets {
  return state.field(carets);
}

/** A class, not a style: what others say of themselves never becomes a style, and the page's policy allows none. */
export function hueClass({ colour }: Pick<RemoteCaret, "colour">): string {
  return colour === null ? "rp-hue-none" : `rp-hue-${colour % 8}`;
}

export function showCarets(view: EditorView, list: readonly RemoteCaret[]): void {
  view.dispatch({ effects: caretsEffect(list) });
}

/** The same, for a transaction that does more: offsets are in the text as it is after it. */
export function caretsEffect(list: readonly RemoteCaret[]): StateEffect<readonly RemoteCaret[]> {
  return setCarets.of(list);
}

function within(caret: RemoteCaret, { doc }: EditorState): RemoteCaret {
  const clamp = (offset: number): number => Math.min(doc.length, Math.max(0, offset));
  return { ...caret, anchor: clamp(caret.anchor), head: clamp(caret.head) };
}

function decorate(list: readonly RemoteCaret[]): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  const abreast = new Map<number, number>();
  for (const caret of list) {
    const hue = hueClass(caret);
    const [from, to] = [Math.min(caret.anchor, caret.head), Math.max(caret.anchor, caret.head)];
    if (to > from) ranges.push(Decoration.mark({ class: `rp-selection ${hue}` }).range(from, to));
    const before = abreast.get(caret.head) ?? 0;
    abreast.set(caret.head, before + 1);
    const ghost = caret.ghost === null ? "" : " rp-ghost";
    const widget = new CaretWidget(`rp-caret rp-abreast-${Math.min(before, ABREAST_MAX - 1)} ${hue}${ghost}`);
    ranges.push(Decoration.widget({ widget, side: 1 }).range(caret.head));
  }
  return Decoration.set(ranges, true);
}

class CaretWidget extends WidgetType {
  readonly #className: string;

  constructor(className: string) {
    super();
    this.#className = className;
  }

  override eq(other: CaretWidget): boolean {
    return other.#className === this.#className;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = this.#className;
    caret.setAttribute("aria-hidden", "true");
    caret.textContent = "\u2060";
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
