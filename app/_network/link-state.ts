/** What is set of a replica's links in words, and the scale of the latency slider. Pure. */

import { numberText } from "../_client/number-text.ts";
import { type DatagramConditions, LATENCY_MS_MAX, type LinkConditions } from "../../crdt/network/conditions.ts";

/** Which directions a control sets. */
export type DirectionChoice = "up" | "down" | "both";

/** What is to be set of a link, by direction. */
export interface LinksPatch {
  readonly up?: Partial<LinkConditions>;
  readonly down?: Partial<LinkConditions>;
}

export function towards(direction: DirectionChoice, patch: Partial<LinkConditions>): LinksPatch {
  return { ...(direction === "down" ? {} : { up: patch }), ...(direction === "up" ? {} : { down: patch }) };
}

/** One direction's conditions, such as "800 ms ± 50 ms, 750 kbit/s"; "clear" when there are none. */
export function conditionsText({ latencyMs, jitterMs, bandwidthBitsPerS, cut, flap, datagrams }: LinkConditions): string {
  const parts: string[] = [];
  if (cut !== "open") parts.push(cut === "reset" ? "reset" : "blackhole");
  if (latencyMs > 0 || jitterMs > 0) parts.push(jitterMs > 0 ? `${ms(latencyMs)} ± ${ms(jitterMs)}` : ms(latencyMs));
  if (bandwidthBitsPerS !== null) parts.push(bandwidthText(bandwidthBitsPerS));
  if (flap !== null) parts.push(`${flap.onMs / 1_000} s on, ${flap.offMs / 1_000} s off`);
  if (datagrams !== undefined) parts.push(datagramsText(datagrams));
  return parts.length === 0 ? "clear" : parts.join(", ");
}

/** "750 kbit/s", "9.6 kbit/s". */
export function bandwidthText(bitsPerS: number): string {
  const kilobits = bitsPerS / 1_000;
  return `${kilobits < 10 ? Math.round(kilobits * 10) / 10 : numberText(Math.round(kilobits))} kbit/s`;
}

/** "datagrams: 10 % lost, 5 % doubled". */
function datagramsText({ loss, dup, reorder }: DatagramConditions): string {
  const shares = [
    { share: loss, word: "lost" },
    { share: dup, word: "doubled" },
    { share: reorder, word: "overtaken" },
  ].flatMap(({ share, word }) => (share > 0 ? [`${Math.round(share * 100)} % ${word}`] : []));
  return `datagrams: ${shares.join(", ")}`;
}

/** Milliseconds with their unit: "1,612 ms". */
export function ms(value: number): string {
  return `${numberText(Math.round(value))} ms`;
}

/** A duration as minutes and seconds: "9:41". */
export function clockText(durationMs: number): string {
  const seconds = Math.max(0, Math.ceil(durationMs / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Positions of the slider: 0 to this. */
export const SLIDER_MAX = 100;
const LATENCY_MS_MIN = 5;

/** The latency at a slider position: 0 at the left end, then 5 ms to 5,000 ms on a log scale, in two digits. */
export function latencyAt(position: number): number {
  if (position <= 0) return 0;
  const value = LATENCY_MS_MIN * (LATENCY_MS_MAX / LATENCY_MS_MIN) ** ((Math.min(position, SLIDER_MAX) - 1) / (SLIDER_MAX - 1));
  const digit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.round(value / digit) * digit;
}

/** The slider position that comes nearest to a latency. */
export function positionOf(latencyMs: number): number {
  if (latencyMs <= 0) return 0;
  const share = Math.log(Math.max(latencyMs, LATENCY_MS_MIN) / LATENCY_MS_MIN) / Math.log(LATENCY_MS_MAX / LATENCY_MS_MIN);
  return Math.min(SLIDER_MAX, Math.round(1 + share * (SLIDER_MAX - 1)));
}

/** A latency that a person typed, as a number in range; null when it is none. */
export function parseMs(text: string, max: number): number | null {
  const value = Number(text);
  return text.trim() === "" || !Number.isFinite(value) ? null : Math.min(max, Math.max(0, Math.round(value)));
}
