/** What a fuzzer has come to: shown in reports, and checked not to be nothing. */

export interface Counts {
  steps: number;
  /** Local edits, and the units they inserted and deleted. */
  edits: number;
  events: number;
  deliveries: number;
  /** Deliveries to a replica that had something their author had not seen. */
  merges: number;
  early: number;
  loads: number;
  replays: number;
  checkouts: number;
  anchors: number;
  undos: number;
  twins: number;
  /** Broken or contradicting bytes that were refused. */
  refused: number;
  bytesRefused: number;
}

export function noCounts(): Counts {
  return {
    steps: 0,
    edits: 0,
    events: 0,
    deliveries: 0,
    merges: 0,
    early: 0,
    loads: 0,
    replays: 0,
    checkouts: 0,
    anchors: 0,
    undos: 0,
    twins: 0,
    refused: 0,
    bytesRefused: 0,
  };
}

export function addCounts(into: Counts, more: Counts): void {
  for (const key of Object.keys(more) as (keyof Counts)[]) into[key] += more[key];
}
