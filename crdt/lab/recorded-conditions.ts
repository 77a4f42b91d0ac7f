/** The words in which a journal says what a replica's links were set to, read back. */

import type { ClockSetting } from "../base/wall-clock.ts";
import { type ClockKind, CLOCK_KINDS } from "../causal/stamp-clock.ts";
import type { LinkConditions } from "../network/conditions.ts";
import { linkConditionsOf } from "../network/fabric-facts.ts";

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
    return { up: linkConditionsOf(JSON.parse(up)), down: linkConditionsOf(JSON.parse(down)) };
  } catch {
    return null;
  }
}
