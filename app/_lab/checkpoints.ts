/** Moments of a run that somebody gave a name. They go with the run into its file, and change nothing of it. Pure. */

export interface Checkpoint {
  readonly name: string;
  /** The last event then; -1: none. */
  readonly n: number;
  readonly atMs: number;
}

export const CHECKPOINTS_MAX = 50;
export const CHECKPOINT_NAME_MAX = 60;

/** With one more, in order of time; under a name that is taken it replaces that one. @throws RangeError for no name, or too many. */
export function withCheckpoint(list: readonly Checkpoint[], { name, n, atMs }: Checkpoint): Checkpoint[] {
  const short = name.trim().slice(0, CHECKPOINT_NAME_MAX);
  if (short === "") throw new RangeError("A checkpoint needs a name");
  const others = list.filter((each) => each.name !== short);
  if (others.length >= CHECKPOINTS_MAX) throw new RangeError(`No more than ${CHECKPOINTS_MAX} checkpoints: remove one first`);
  return [...others, { name: short, n, atMs }].toSorted((a, b) => a.n - b.n || a.atMs - b.atMs);
}

/** The file of a run, with its checkpoints. */
export function withCheckpoints(json: string, checkpoints: readonly Checkpoint[]): string {
  if (checkpoints.length === 0) return json;
  return JSON.stringify({ ...(JSON.parse(json) as object), checkpoints });
}

/** Those in a file of a run of `events` events; whatever is none is left out, since the run is whole without. */
export function checkpointsIn(json: string, events: number): Checkpoint[] {
  const { checkpoints } = Object(JSON.parse(json)) as { checkpoints?: unknown };
  if (!Array.isArray(checkpoints)) return [];
  let list: Checkpoint[] = [];
  for (const entry of checkpoints.slice(0, CHECKPOINTS_MAX) as unknown[]) {
    const { name, n, atMs } = Object(entry) as Record<string, unknown>;
    if (typeof name !== "string" || name.trim() === "" || !isCount(atMs)) continue;
    if (isCount(Number(n) + 1) && Number(n) < events) list = withCheckpoint(list, { name, n: Number(n), atMs });
  }
  return list;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
