/** Where everybody is, asked by Alt W: who agrees, who is cut off, what is not saved, and where carets were last heard of. Pure. */

import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { ReplicaView } from "../../crdt/lab/sandbox-views.ts";
import { agreementText, laneName } from "./lab-words.ts";

export function whereText(replicas: readonly ReplicaView[], groups: readonly number[], options: SandboxOptions): string {
  const each = replicas.map((view, replica) => {
    const [up, down] = [view.up.cut !== "open", view.down.cut !== "open"];
    const link =
      up && down ? "cut off" : up ? "cannot send" : down ? "cannot hear" : view.connection === "synced" ? "online" : view.connection;
    const heard = replicas.flatMap(({ carets }) => carets.find((caret) => caret.replica === replica) ?? [])[0];
    const facts = [
      link,
      ...(view.isBot ? ["a bot types"] : []),
      ...(view.unsaved > 0 ? [`${view.unsaved} unsaved`] : []),
      heard === undefined ? "no caret heard of" : `caret last heard of at ${heard.head}`,
      `text of ${view.length} characters`,
    ];
    return `${laneName(replica, options)}: ${facts.join(", ")}.`;
  });
  return [agreementText(groups, options), ...each].join(" ");
}
