/** What a checker says: a named anomaly, the intents that it is about, and where it shows. */

import type { Holder } from "./replay.ts";
import type { ReplicaName } from "./script.ts";

export const ANOMALY_KINDS = [
  "lost insert",
  "resurrected text",
  "interleaved run",
  "doubled text",
  "orphaned edit",
  "split duplicate",
  "mangled position",
  "order flip",
  "broken Markdown",
  "torn surrogate",
] as const;
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

/** What each kind says, in one sentence for people. */
export const ANOMALY_MEANINGS: Readonly<Record<AnomalyKind, string>> = {
  "lost insert": "Somebody typed it, nobody deleted it, and it is gone.",
  "resurrected text": "Somebody deleted it, and it is back.",
  "interleaved run": "One person typed it in one go, and what another typed at the same time stands inside of it.",
  "doubled text": "Two people made the same replacement at the same time, and the result stands twice.",
  "orphaned edit": "It stands alone: what it was typed into was deleted at the same time.",
  "split duplicate": "Characters that were typed once stand twice.",
  "mangled position": "It stands elsewhere than between the characters that it was typed between.",
  "order flip": "Two pieces of text were seen in one order, and then in the other.",
  "broken Markdown": "Every writer's own text was well formed; what came out of it is not.",
  "torn surrogate": "Half of a character that takes two units stands alone.",
};

const ATTIYA = "Attiya et al., Specification and Complexity of Collaborative Text Editing, PODC 2016";
const SUN =
  "Sun et al., Achieving Convergence, Causality Preservation, and Intention Preservation in Real-Time Cooperative Editing Systems, TOCHI 1998";
const JOHNSON = "Johnson and Thomas, The Maintenance of Duplicate Databases, RFC 677, 1975";

/** Where each kind, or the property that it breaks, is described. */
export const ANOMALY_SOURCES: Readonly<Record<AnomalyKind, string>> = {
  "lost insert": "Berenson et al., A Critique of ANSI SQL Isolation Levels, SIGMOD 1995: the lost update",
  "resurrected text": JOHNSON,
  "interleaved run": "Kleppmann et al., Interleaving Anomalies in Collaborative Text Editors, PaPoC 2019",
  "doubled text": SUN,
  "orphaned edit": SUN,
  "split duplicate": JOHNSON,
  "mangled position": ATTIYA,
  "order flip": `${ATTIYA}: the strong list specification`,
  "broken Markdown": "Litt et al., Peritext: A CRDT for Collaborative Rich Text Editing, CSCW 2022",
  "torn surrogate": "The Unicode Standard, section 3.9: surrogate pairs in UTF-16",
};

/** What one person did. */
export interface Intent {
  /** null: the start text. */
  readonly by: ReplicaName | null;
  /** The journal's ids of what it inserted. */
  readonly insertIds: readonly string[];
  /** Actions of the script, first and last. */
  readonly steps: readonly [number, number];
  readonly inserted: string;
  readonly removed: string;
}

export interface Anomaly {
  readonly kind: AnomalyKind;
  /** The text that it is about. */
  readonly text: string;
  /** Its own first, then the other one, where there is another. */
  readonly intents: readonly Intent[];
  /** Ranges, in UTF-16 units of the holder's final text; empty where it is about what is not there. */
  readonly shows: readonly { readonly holder: Holder; readonly index: number; readonly length: number }[];
}
