/** In the worker: a run in the forms in which it can be had: as a link, a test, a diagram, a report, a list of anomalies. */

import { unreachable } from "../../crdt/base/assert.ts";
import { mermaidOf, type ReportedReplica, reportOf, vitestOf } from "../../crdt/lab/export-run.ts";
import { anomaliesOfRecord, lookForAnomalies } from "../../crdt/lab/record-script.ts";
import type { Sandbox } from "../../crdt/lab/sandbox.ts";
import { REPLICA_NAMES } from "../../crdt/lab/script.ts";
import type { RunForm } from "./lab-messages.ts";
import { fragmentOf } from "./lab-script.ts";
import type { SourceView } from "./lab-source.ts";

/** In runs of more events nobody looks for anomalies: it takes seven runs. */
const LOOKED_AT_MAX = 20_000;

/** The run so far, in a form; null: it is too long for it. `source`: where it comes from, for its title. Cost: anomalies take seven runs. */
export async function formOf(sandbox: Sandbox, what: RunForm, source: SourceView | null): Promise<string | null> {
  const record = sandbox.record();
  const { events } = sandbox.time;
  const replicas = Array.from({ length: record.options.replicas }, (_, replica) => replica);
  switch (what) {
    case "fragment":
      return fragmentOf(record, source);
    case "vitest":
      return vitestOf(
        record,
        replicas.map((replica) => sandbox.textOf(replica)),
        events.length > LOOKED_AT_MAX ? null : await anomaliesOfRecord(record),
      );
    case "anomalies":
      return events.length > LOOKED_AT_MAX ? null : JSON.stringify(await lookForAnomalies(record));
    case "report":
      return reportOf(
        record,
        replicas.map((replica) => reportedOf(sandbox, replica)),
        events,
      );
    case "mermaid":
      return mermaidOf(record, events);
    default:
      return unreachable(what);
  }
}

function reportedOf(sandbox: Sandbox, replica: number): ReportedReplica {
  const { connection, unsaved } = sandbox.view(replica);
  const { id, hashes } = sandbox.identityOf(replica);
  return { name: REPLICA_NAMES[replica]!, id, connection, unsaved, hashes };
}
