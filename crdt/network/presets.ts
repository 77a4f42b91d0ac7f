/** Named weather, the same in both directions unless it says otherwise. Figures are typical ones, chosen to be told apart by hand. */

import { CLEAR, CLEAR_BOTH, type LinkConditions, type PresetName, type ReplicaConditions } from "./conditions.ts";

function both(conditions: Partial<LinkConditions>): ReplicaConditions {
  const whole = { ...CLEAR, ...conditions };
  return { up: whole, down: whole };
}

export const PRESETS: Readonly<Record<PresetName, { readonly title: string; readonly conditions: ReplicaConditions }>> = {
  lan: { title: "LAN", conditions: CLEAR_BOTH },
  "4g": { title: "4G", conditions: both({ latencyMs: 40, jitterMs: 15, jitter: "normal", bandwidthBitsPerS: 10_000_000 }) },
  "3g": { title: "3G", conditions: both({ latencyMs: 150, jitterMs: 60, jitter: "normal", bandwidthBitsPerS: 750_000 }) },
  "cafe-wifi": { title: "Café Wi-Fi", conditions: both({ latencyMs: 30, jitterMs: 60, jitter: "pareto", bandwidthBitsPerS: 2_000_000 }) },
  "train-tunnel": {
    title: "Train tunnel (20 s on, 8 s off)",
    conditions: both({ latencyMs: 80, jitterMs: 40, jitter: "uniform", flap: { onMs: 20_000, offMs: 8_000 } }),
  },
  satellite: { title: "Satellite", conditions: both({ latencyMs: 300, jitterMs: 20, jitter: "normal", bandwidthBitsPerS: 5_000_000 }) },
};

export function isPresetName(text: string): text is PresetName {
  return Object.hasOwn(PRESETS, text);
}
