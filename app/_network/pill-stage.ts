/**
 * Pills as elements over the board. Each that moves is one animation of the compositor over its whole way, set at the time that it
 * has been under way: no script runs for its frames, and neither typing nor telling disturbs it.
 */

import { type Pill, flightOf, placeOf } from "./wire-pills.ts";

/** A pill is set going anew where what is told of it differs by more than this from where it is. */
const DRIFT_MS = 60;
/** With reduced motion a pill jumps this often on its way. */
const STEPS = 4;

export interface PillClasses {
  readonly one: string;
  readonly many: string;
}

interface Shown {
  readonly element: HTMLElement;
  pill: Pill;
  /** Where it was put, or sent: in words, to be compared. */
  place: string;
  animation: Animation | null;
  arrivesAtMs: number;
}

export class PillStage {
  readonly #layer: HTMLElement;
  readonly #classes: PillClasses;
  readonly #shown = new Map<string, Shown>();
  readonly #calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  #chosen: string | null = null;

  /** Draws into `layer`, of which everything is its own. */
  constructor(layer: HTMLElement, classes: PillClasses) {
    this.#layer = layer;
    this.#classes = classes;
  }

  /** These, and no others. `heardMs`: when that was so, on the page's own time line; `scale`: pixels of one of the board's units. */
  show(pills: readonly Pill[], heardMs: number, scale: number): void {
    const gone = new Map(this.#shown);
    for (const pill of pills) {
      gone.delete(pill.key);
      const shown = this.#shown.get(pill.key) ?? this.#add(pill);
      dress(shown, pill, this.#classes);
      this.#place(shown, heardMs, scale);
    }
    for (const [key, { element, animation }] of gone) {
      animation?.cancel();
      element.remove();
      this.#shown.delete(key);
    }
  }

  /** The key of the chosen message; null: none. */
  choose(key: string | null): void {
    if (key === this.#chosen) return;
    for (const [each, isChosen] of [
      [this.#chosen, "false"],
      [key, "true"],
    ] as const) {
      const shown = each === null ? undefined : this.#shown.get(each);
      if (shown !== undefined) shown.element.dataset["chosen"] = isChosen;
    }
    this.#chosen = key;
  }

  /** The key of the one message that an element stands for; null: it is none, or none that can be chosen. */
  keyOf(element: EventTarget | null): string | null {
    for (const [key, { element: own, pill }] of this.#shown)
      if (own === element) return pill.count > 1 || pill.colour === null ? null : key;
    return null;
  }

  /** Leaves no element behind. */
  close(): void {
    this.show([], 0, 1);
  }

  #add(pill: Pill): Shown {
    const element = document.createElement("span");
    element.dataset["testid"] = "pill";
    element.dataset["chosen"] = String(pill.key === this.#chosen);
    const shown: Shown = { element, pill: { ...pill, sign: "", count: 0 }, place: "", animation: null, arrivesAtMs: 0 };
    this.#shown.set(pill.key, shown);
    this.#layer.append(element);
    return shown;
  }

  #place(shown: Shown, heardMs: number, scale: number): void {
    const { element, pill } = shown;
    const flight = flightOf(pill);
    if (flight === null) {
      shown.animation?.cancel();
      shown.animation = null;
      const place = at(placeOf(pill), scale);
      if (shown.place !== place) element.style.transform = shown.place = place;
      return;
    }
    const [from, to] = [at(pill.from, scale), at(pill.to, scale)];
    const isCalm = this.#calm.matches;
    const place = `${from} ${to} ${isCalm}`;
    const arrivesAtMs = heardMs + (pill.dueInMs ?? 0);
    if (shown.animation !== null && shown.place === place && Math.abs(shown.arrivesAtMs - arrivesAtMs) < DRIFT_MS) return;
    shown.animation?.cancel();
    const { totalMs, elapsedMs } = flight;
    const easing = isCalm ? `steps(${STEPS}, jump-end)` : "linear";
    shown.animation = element.animate([{ transform: from }, { transform: to }], { duration: totalMs, easing, fill: "both" });
    // What was told may have waited for its turn.
    shown.animation.currentTime = Math.min(totalMs, elapsedMs + performance.now() - heardMs);
    shown.place = place;
    shown.arrivesAtMs = arrivesAtMs;
  }
}

/** How it looks, where it is another than before. */
function dress(shown: Shown, pill: Pill, classes: PillClasses): void {
  const { element, pill: before } = shown;
  if (pill.count !== before.count) {
    element.className = pill.count > 1 ? classes.many : classes.one;
    element.dataset["count"] = String(pill.count);
  }
  if (pill.sign !== before.sign) {
    element.textContent = pill.sign;
    element.dataset["wide"] = String(pill.sign.length > 3);
  }
  if (pill.colour !== before.colour || before.count === 0)
    element.style.setProperty("--hue", pill.colour === null ? "var(--text)" : `var(--replica-${pill.colour})`);
  element.dataset["state"] = pill.dueInMs === null ? "held" : "flying";
  shown.pill = pill;
}

function at({ x, y }: { readonly x: number; readonly y: number }, scale: number): string {
  return `translate(${(x * scale).toFixed(1)}px, ${(y * scale).toFixed(1)}px)`;
}
