import { listed } from "../../crdt/base/listed.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { agreementOf, type Compare } from "./agreement.ts";

export interface SidesProps {
  readonly replicas: readonly ReplicaStatus[];
  readonly sides: readonly (readonly string[])[];
  readonly compare: Compare;
}

/** The sides of a split, each for itself, after the sentence about all of them. */
export function Sides({ replicas, sides, compare }: SidesProps) {
  const sentence = sidesSentence(replicas, sides, compare);
  return sentence === "" ? null : <> {sentence}.</>;
}

/**
 * Each side of a split judged for itself, such as "Ana and S1 agree among themselves. Bo, S2 and S3 do not". Sides of one say nothing.
 * `sides` are ends as the control plane names them: replica ids and nodes.
 */
export function sidesSentence(replicas: readonly ReplicaStatus[], sides: readonly (readonly string[])[], compare: Compare): string {
  const sentences = sides.flatMap((side) => {
    const here = replicas.filter(({ replicaId }) => side.includes(replicaId));
    const { reporting, isWhole } = agreementOf(here, compare);
    if (reporting.length < 2) return [];
    return [`${listed(reporting.map(({ name }) => name))} ${isWhole ? "agree" : "do not agree"} among themselves`];
  });
  return sentences.join(". ");
}
