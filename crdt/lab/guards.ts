/** Scenarios of the catalogue in pairs: the same steps with what keeps them from harm, and without it. */

export interface Guard {
  /** What it is, in a few words. */
  readonly title: string;
  /** By id of a scenario. */
  readonly on: string;
  readonly off: string;
}

export const GUARDS: readonly Guard[] = [
  { title: "Claim on the replica id", on: "duplicated-tab-guard", off: "duplicated-tab" },
  { title: "Epoch of the note", on: "disk-lost-epoch", off: "disk-lost" },
  { title: "Names of edits", on: "ambiguous-ack", off: "ambiguous-ack-naive" },
  { title: "Fencing token", on: "stale-lease", off: "stale-lease-unfenced" },
  { title: "Fencing token between nodes", on: "redlock-fenced", off: "redlock-unfenced" },
  { title: "History is kept for who sleeps", on: "sleeper-safe", off: "sleeper-unsafe" },
  { title: "Undo knows its author", on: "undo-around-guest", off: "undo-no-origin" },
];

/** The guard that a scenario is about; null: none. */
export function guardOf(scenario: string): (Guard & { readonly isOn: boolean }) | null {
  const guard = GUARDS.find(({ on, off }) => on === scenario || off === scenario);
  return guard === undefined ? null : { ...guard, isOn: guard.on === scenario };
}
