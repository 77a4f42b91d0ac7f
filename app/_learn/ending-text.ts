/** Endings and what decided them, in words. Pure. */

import { ruleSentence } from "../_ledger/loss-text.ts";
import { wordsOf, lostRuns } from "../_ledger/lost-runs.ts";
import type { Ending, LessonRun } from "../../crdt/lab/lesson.ts";
import { replicaNameOf } from "../../crdt/lab/play.ts";
import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

/** At most this many answers are offered. */
const OPTIONS_MAX = 5;

/** "Hello Bob" for one text, "A: … B: …" where replicas differ. Line ends are shown. */
export function endingText({ texts }: Pick<Ending, "texts">): string {
  const shown = (text: string): string => (text === "" ? "(empty)" : text.replaceAll("\n", "⏎\n"));
  return texts.length === 1
    ? shown(texts[0]!.text)
    : texts.map(({ replicas, text }) => `${replicas.join(", ")}: ${shown(text)}`).join("\n");
}

/** What the question offers: the true ending of `strategy` among others that are those of other strategies, in an order that tells nothing. */
export function optionsOf(endings: readonly Ending[], strategy: StrategyName): readonly Ending[] {
  const own = endings.find(({ strategies }) => strategies.includes(strategy));
  const others = endings.filter((ending) => ending !== own);
  const chosen = [...(own === undefined ? [] : [own]), ...others.slice(0, OPTIONS_MAX - 1)];
  return chosen.sort((a, b) => (endingText(a) < endingText(b) ? -1 : 1));
}

/** What was thrown away, refused or left open, one sentence each; computed from the run. */
export function decisionsOf({ played }: LessonRun): string[] {
  const nameOf = (id: ReplicaId): string => replicaNameOf(id) ?? "the server";
  const out = lostRuns(played.losses.map((loss) => ({ loss }))).map((run) => {
    const { loss } = run.entries.at(-1)!;
    const why = ruleSentence({ loss, authorName: nameOf(loss.author), winnerName: nameOf(loss.winningStamp.replica) });
    const words = wordsOf(run);
    return words === "" ? why : `${nameOf(loss.author)}'s “${words.replaceAll("\n", "⏎")}” is gone. ${why}`;
  });
  for (const { by, reason } of played.refusals) out.push(`${by}'s edit was not taken: ${reason}`);
  if (played.siblings.length > 1) out.push(`${played.siblings.length} texts stand side by side, until somebody chooses one.`);
  if (!played.isConverged) out.push("The copies differ.");
  return out;
}

/** How many characters that were typed, and that nobody deleted, are gone. */
export function lostSentence(lost: number): string {
  return `${lost} ${lost === 1 ? "character that was typed is" : "characters that were typed are"} in no copy.`;
}
