/** A run of the sandbox in the languages of others: as a test, and as a sequence diagram. Pure: the same run, the same text. */

import { recordToJson, type SandboxRecord } from "./sandbox-record.ts";
import { isChatter, type RunEvent } from "./time-machine.ts";

/** Longer diagrams are not read by anybody, and not drawn by most. */
const ARROWS_MAX = 400;
/** A report has the last ones: the run can be run again. */
const EVENTS_MAX = 5_000;

/**
 * A vitest file for this repository's tests/unit: plays the run again and expects its texts, its hash and, where they were looked
 * for, its anomalies.
 */
export function vitestOf(record: SandboxRecord, texts: readonly string[], anomalies: readonly string[] | null): string {
  const looks = anomalies !== null;
  return `import { expect, it } from ${JSON.stringify("vitest")};
${looks ? 'import { anomaliesOfRecord } from "../../crdt/lab/record-script.ts";\n' : ""}import { recordFromJson } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";

const RUN = ${JSON.stringify(recordToJson(record))};

it("comes out as it was recorded", async () => {
  const sandbox = await Sandbox.replay(recordFromJson(RUN));
  const texts = Array.from({ length: ${texts.length} }, (_, replica) => sandbox.replicaText(replica));
  expect(texts).toEqual(${JSON.stringify(texts)});
  expect(sandbox.hash).toBe(${JSON.stringify(record.hash)});
  sandbox.close();
});
${
  looks
    ? `
it("shows the same anomalies", async () => {
  expect(await anomaliesOfRecord(recordFromJson(RUN))).toEqual(${JSON.stringify(anomalies)});
});
`
    : ""
}`;
}

/** What a copy of a run is, for a report. */
export interface ReportedReplica {
  readonly name: string;
  readonly id: string;
  readonly connection: string;
  readonly unsaved: number;
  /** Of the text, and of everything that the copy holds. */
  readonly hashes: { readonly content: string; readonly structure: string };
}

/** A session file with what a bug report needs beside it: who everybody is, what each holds, and all that happened. Opens as the session. */
export function reportOf(record: SandboxRecord, replicas: readonly ReportedReplica[], events: readonly RunEvent[]): string {
  const session: unknown = JSON.parse(recordToJson(record));
  return JSON.stringify({ ...Object(session), report: { replicas, events: events.slice(-EVENTS_MAX) } });
}

/** A Mermaid sequence diagram: edits, messages with a part of the note that arrived or were lost, and what was done to the world. */
export function mermaidOf({ options }: SandboxRecord, events: readonly RunEvent[]): string {
  const name = (lane: number): string => (lane < options.replicas ? "ABCDEF".charAt(lane) : `S${lane - options.replicas + 1}`);
  const lanes = options.replicas + (options.nodes ?? 1);
  const lines = ["sequenceDiagram"];
  for (let lane = 0; lane < lanes; lane++) lines.push(`  participant ${name(lane)}`);
  const shown = events.filter((event) => event.lane >= 0 || event.message >= 0).flatMap((event) => lineOf(event, name));
  lines.push(...shown.slice(0, ARROWS_MAX).map((line) => `  ${line}`));
  if (shown.length > ARROWS_MAX) lines.push(`  Note over ${name(0)},${name(lanes - 1)}: ${shown.length - ARROWS_MAX} more`);
  return `${lines.join("\n")}\n`;
}

function lineOf(event: RunEvent, name: (lane: number) => string): string[] {
  const { kind, lane, from, to, words } = event;
  if (isChatter(event)) return [];
  switch (kind) {
    case "edit":
    case "refused":
    case "control":
      return lane < 0 ? [] : [`Note over ${name(lane)}: ${safe(kind === "refused" ? `refused: ${words}` : words)}`];
    case "delivered":
      return [`${name(from)}->>${name(to)}: ${safe(words)}`];
    case "dropped":
      return [`${name(from)}-x${name(to)}: ${safe(words)}`];
    default:
      return [];
  }
}

/** Mermaid ends a line at ";" and reads "#" as the beginning of an entity. */
function safe(words: string): string {
  const escaped = words.replaceAll("#", "#35;").replaceAll(/\s+/g, " ");
  return escaped.replaceAll(/;(?<!#35;)/g, "#59;").trim() || "nothing";
}
