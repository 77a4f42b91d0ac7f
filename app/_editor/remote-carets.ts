/** Where the others are: carets with name flags, and selections tinted in their colours. Decoration alone. */

import { type EditorState, type Extension, type Range, StateEffect, StateField } from "@codemirror/state";
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

const setCarets = StateEffect.define<readonly RemoteCaret[]>();

const carets = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(held, transaction) {
    let next = held.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setCarets)) next = decorate(effect.value, transaction.state);
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export function remoteCarets(): Extension {
  return carets;
}

export function showCarets(view: EditorView, list: readonly RemoteCaret[]): void {
  view.dispatch({ effects: caretsEffect(list) });
}

/** The same, for a transaction that does more: offsets are in the text as it is after it. */
export function caretsEffect(list: readonly RemoteCaret[]): StateEffect<readonly RemoteCaret[]> {
  return setCarets.of(list);
}

function decorate(list: readonly RemoteCaret[], { doc }: EditorState): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  const within = (offset: number): number => Math.min(doc.length, Math.max(0, offset));
  for (const caret of list) {
    // A class, not a style: what others say of themselves never becomes a style, and the page's policy allows none.
    const hue = caret.colour === null ? "rp-hue-none" : `rp-hue-${caret.colour % 8}`;
    const [from, to] = [within(Math.min(caret.anchor, caret.head)), within(Math.max(caret.anchor, caret.head))];
    if (to > from) ranges.push(Decoration.mark({ class: `rp-selection ${hue}` }).range(from, to));
    ranges.push(
      Decoration.widget({
        widget: new CaretWidget(caret.ghost === null ? caret.name : `${caret.name}, ${caret.ghost}`, caret.ghost !== null, hue),
        side: 1,
      }).range(within(caret.head)),
    );
  }
  return Decoration.set(ranges, true);
}

class CaretWidget extends WidgetType {
  readonly #name: string;
  readonly #isGhost: boolean;
  readonly #hue: string;

  constructor(name: string, isGhost: boolean, hue: string) {
    super();
    this.#name = name;
    this.#isGhost = isGhost;
    this.#hue = hue;
  }

  override eq(other: CaretWidget): boolean {
    return other.#name === this.#name && other.#isGhost === this.#isGhost && other.#hue === this.#hue;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = `rp-caret ${this.#isGhost ? "rp-ghost " : ""}${this.#hue}`;
    caret.setAttribute("aria-hidden", "true");
    const flag = document.createElement("span");
    flag.className = "rp-flag";
    flag.textContent = this.#name;
    caret.append("\u2060", flag, "\u2060");
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
