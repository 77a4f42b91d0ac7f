/** The words in which a journal says what a replica's links were set to, read back. */

import type { ClockSetting } from "../base/wall-clock.ts";
import { type ClockKind, CLOCK_KINDS } from "../causal/stamp-clock.ts";
import { CLEAR, type LinkConditions } from "../network/conditions.ts";

/** How a journal says what a replica's clock was set to, and what the note is stamped with, read back; null: other words. */
export function clockOf(text: string): ClockSetting | null {
  const [, json] = /^clock (\{.*\})$/.exec(text) ?? [];
  if (json === undefined) return null;
  try {
    const { offsetMs, driftPpm, sinceMs } = Object(JSON.parse(json)) as Readonly<Record<string, unknown>>;
    const isWhole = [offsetMs, driftPpm, sinceMs].every((value) => Number.isFinite(value));
    return isWhole ? ({ offsetMs, driftPpm, sinceMs } as ClockSetting) : null;
  } catch {
    return null;
  }
}

export function stampsOf(text: string): ClockKind | null {
  return CLOCK_KINDS.find((kind) => text === `stamps ${kind}`) ?? null;
}

const WORDS = /^up (\{.*\}), down (\{.*\})$/;

/** null: other words. Fields that are missing or of a wrong type count as clear. */
export function conditionsOf(text: string): { readonly up: LinkConditions; readonly down: LinkConditions } | null {
  const [, up, down] = WORDS.exec(text) ?? [];
  if (up === undefined || down === undefined) return null;
  try {
    return { up: linkOf(JSON.parse(up)), down: linkOf(JSON.parse(down)) };
  } catch {
    return null;
  }
}

function linkOf(value: unknown): LinkConditions {
  const { latencyMs, jitterMs, bandwidthBitsPerS, cut, flap } = Object(value) as Readonly<Record<string, unknown>>;
  return {
    ...CLEAR,
    latencyMs: wholeOf(latencyMs),
    jitterMs: wholeOf(jitterMs),
    bandwidthBitsPerS: typeof bandwidthBitsPerS === "number" ? bandwidthBitsPerS : null,
    cut: cut === "blackhole" || cut === "reset" ? cut : "open",
    flap: typeof flap === "object" && flap !== null ? { onMs: 0, offMs: 0 } : null,
  };
}

function wholeOf(value: unknown): number {
  return typeof value === "number" && value >= 0 ? Math.min(5_000, Math.round(value)) : 0;
}
