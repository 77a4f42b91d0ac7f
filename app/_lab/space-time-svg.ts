/**
 * The space-time diagram as an SVG that stands by itself: its own colours, for light and for dark, its own fonts' names, no
 * script and no link to anything. Pure.
 */

import { type Cone, type Relation, relationTo } from "../../crdt/lab/causality.ts";
import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { RunEvent } from "../../crdt/lab/time-machine.ts";
import { eventName, eventText, laneName, timeText } from "./lab-words.ts";
import { headOf, layOut } from "./space-time-layout.ts";

export interface SpaceTimePicture {
  /** In order; what is drawn. */
  readonly events: readonly RunEvent[];
  readonly options: SandboxOptions;
  readonly chosen: RunEvent | null;
  readonly cone: Cone | null;
  /** `auto`: as whoever looks at it prefers. */
  readonly theme: "auto" | "light" | "dark";
  /** What stands above it. */
  readonly title: string;
}

interface Palette {
  readonly bg: string;
  readonly text: string;
  readonly muted: string;
  readonly bad: string;
  /** By replica; then the node. */
  readonly lanes: readonly string[];
}

// As app/globals.css has them: an SVG outside of the page cannot ask it.
const LIGHT: Palette = {
  bg: "#ffffff",
  text: "#1b1f24",
  muted: "#57606a",
  bad: "#b3261e",
  lanes: ["#0b5cad", "#a34700", "#00695c", "#9c1f7a", "#5b6300", "#5b3fc4"],
};
const DARK: Palette = {
  bg: "#101418",
  text: "#e6edf3",
  muted: "#9aa7b4",
  bad: "#ff8f87",
  lanes: ["#6cb6ff", "#ffa657", "#4dd0b8", "#f58bd3", "#c5d13f", "#b7a3ff"],
};
const ROOM_WIDTH = 860;
const HEAD_HEIGHT = 30;
const MARGIN = 12;

/** Cost: linear in the events. */
export function spaceTimeSvg({ events, options, chosen, cone, theme, title }: SpaceTimePicture): string {
  const { width, height, lanes, dots, arrows, times } = layOut(events, options.replicas, ROOM_WIDTH);
  const byNumber = new Map(events.map((event) => [event.n, event]));
  const relationOf = (n: number): Relation | "none" => {
    const event = byNumber.get(n);
    return event === undefined || cone === null || chosen === null ? "none" : relationTo(cone, chosen.n, event);
  };
  const laneClass = (lane: number): string => (lane < options.replicas ? `r${lane}` : "node");
  const [wholeWidth, wholeHeight] = [width + 2 * MARGIN, height + HEAD_HEIGHT + 2 * MARGIN];
  const parts: string[] = [];
  for (const { lane, x } of lanes) {
    parts.push(
      `<line class="lane s-${laneClass(lane)}" x1="${x}" y1="20" x2="${x}" y2="${height}"/>`,
      `<text class="name f-${laneClass(lane)}" x="${x}" y="14">${escaped(laneName(lane, options))}</text>`,
    );
  }
  for (const [at, { atMs, y }] of times.entries())
    if (at % 2 === 0) parts.push(`<text class="time" x="4" y="${y + 4}">${timeText(atMs)}</text>`);
  for (const { x1, y1, x2, y2, end, event } of arrows) {
    const words = escaped(eventText(byNumber.get(event)!, options));
    const line = `<line x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}"/>`;
    const tip = end === "delivered" ? `<path d="${headOf(x1, y1, x2, y2)}"/>` : end === "dropped" ? cross(x2, y2) : "";
    parts.push(`<g class="message ${end} ${relationOf(event)}"><title>${words}</title>${line}${tip}</g>`);
  }
  for (const { event, x, y } of dots) {
    const fill = event.kind === "edit" ? `f-${laneClass(event.lane)}` : event.kind === "control" ? "f-node" : "f-bad";
    const shape =
      event.kind === "control"
        ? `<rect class="${fill}" x="${x - 4}" y="${y - 4}" width="8" height="8"/>`
        : `<circle class="${fill}" cx="${x}" cy="${y}" r="5"/>`;
    const label = chosen?.n === event.n ? `<text class="label" x="${x + 9}" y="${y + 4}">${escaped(eventName(event, options))}</text>` : "";
    parts.push(`<g class="dot ${relationOf(event.n)}"><title>${escaped(eventText(event, options))}</title>${shape}${label}</g>`);
  }
  const size = `width="${wholeWidth}" height="${wholeHeight}" viewBox="0 0 ${wholeWidth} ${wholeHeight}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escaped(title)}">`,
    `<style>${styleOf(theme)}</style>`,
    `<rect class="bg" width="100%" height="100%"/>`,
    `<text class="title" x="${MARGIN}" y="${MARGIN + 14}">${escaped(title)}</text>`,
    `<g transform="translate(${MARGIN} ${MARGIN + HEAD_HEIGHT})">`,
    ...parts,
    "</g></svg>\n",
  ].join("\n");
}

function cross(x: number, y: number): string {
  return `<path class="cross" d="M${n(x - 4)} ${n(y - 4)}l8 8m0-8l-8 8"/>`;
}

function styleOf(theme: SpaceTimePicture["theme"]): string {
  const fixed = [
    "text{font-family:system-ui,sans-serif;font-size:12px}",
    ".title{font-size:14px;font-weight:600}.name{font-weight:700;font-size:13px;text-anchor:middle}.label{font-weight:600}",
    ".time{font-family:ui-monospace,monospace;font-size:11px}",
    ".lane{stroke-width:2}.message{stroke-width:1.3}.flying line{stroke-dasharray:5 4}.message path{stroke:none}",
    ".message path.cross{fill:none;stroke-width:2}.concurrent{opacity:.55;stroke-dasharray:2 2}",
    ".dot.past>*,.dot.future>*{stroke-width:3}.self>line,.self>circle,.self>rect{stroke-width:3}.label{stroke:none}",
  ].join("");
  if (theme !== "auto") return `${fixed}${coloursOf(theme === "dark" ? DARK : LIGHT)}`;
  return `${fixed}${coloursOf(LIGHT)}@media (prefers-color-scheme:dark){${coloursOf(DARK)}}`;
}

function coloursOf({ bg, text, muted, bad, lanes }: Palette): string {
  const [past, future] = lanes;
  return [
    `.bg{fill:${bg}}.title,.label{fill:${text}}.time,.f-node{fill:${muted}}.s-node{stroke:${muted}}.f-bad{fill:${bad}}`,
    ...lanes.map((hue, lane) => `.f-r${lane}{fill:${hue}}.s-r${lane}{stroke:${hue}}`),
    `.message{stroke:${muted}}.message path{fill:${muted}}.dropped line,.message path.cross{stroke:${bad}}`,
    `.past{stroke:${past}}.past path{fill:${past}}.future{stroke:${future}}.future path{fill:${future}}`,
    `.self>line,.self>circle,.self>rect{stroke:${text}}`,
  ].join("");
}

/** At most two digits behind the point. */
function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return (
    text
      // What XML 1.0 has no place for.
      .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
  );
}
