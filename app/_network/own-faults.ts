/** What is set against a tab, in sentences that explain to its writer why saving takes so long. Pure. */

import { numberText } from "../_client/number-text.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { DEFAULT_RATE } from "../../crdt/sync/rate-board.ts";
import { conditionsText } from "./link-state.ts";

/** One sentence for each fault of this replica; none: it has none. */
export function ownFaults({ conditions, cutSinceMs, bucket }: Pick<ReplicaStatus, "conditions" | "cutSinceMs" | "bucket">): string[] {
  const { up, down } = conditions;
  const sentences: string[] = [];
  if (up.cut !== "open" && down.cut !== "open") sentences.push("This tab is cut off on purpose: nothing passes until it is healed.");
  else if (up.cut !== "open") sentences.push("Nothing that this tab sends arrives: its way up is cut on purpose.");
  else if (down.cut !== "open") sentences.push("Nothing arrives in this tab: its way down is cut on purpose.");
  else if (cutSinceMs !== null) sentences.push("Nothing passes now: the link of this tab is cut on the board, or comes and goes.");
  const [upText, downText] = [conditionsText({ ...up, cut: "open" }), conditionsText({ ...down, cut: "open" })];
  if (upText !== "clear" || downText !== "clear") sentences.push(`Its link is made worse on purpose: up ${upText}, down ${downText}.`);
  if (bucket !== null && bucket.perS < DEFAULT_RATE.perS)
    sentences.push(
      `The server reads only ${numberText(bucket.perS)} messages a second from this tab, as was set. The rest waits in this browser, and none is lost.`,
    );
  else if (bucket !== null && bucket.level <= 0)
    sentences.push("This tab sends faster than the server lets it. The rest waits in this browser, and none is lost.");
  return sentences;
}
