/** The field's words as this product uses them, and where they stand in a sentence. Pure. */

export interface Term {
  readonly term: string;
  readonly means: string;
  /** How it stands in a sentence, where not by its name. */
  readonly also?: readonly string[];
}

export const TERMS: readonly Term[] = [
  { term: "Replica", means: "One copy of a note that can be edited by itself: here each open tab is one, and so is each server node." },
  { term: "Update", means: "The bytes that tell another replica what changed. Only the strategy that made them can read them." },
  { term: "Splice", means: "A change as an editor sees it: at this place, remove so many characters, insert these." },
  {
    term: "Concurrent",
    also: ["concurrently"],
    means: "Two edits of which neither author had seen the other. Not a matter of clocks: they may be hours apart.",
  },
  {
    term: "Converged",
    also: ["converge", "converges"],
    means: "Every copy holds the same text and the same structure. Decided by hashes, never by version vectors alone.",
  },
  {
    term: "Version vector",
    means: "For each replica, how many of its edits are known. It says what is missing, not whether two copies agree.",
  },
  { term: "Tombstone", means: "What remains of a deleted character, so that others who still refer to it find its place." },
  { term: "Origin", means: "The neighbour that a character was typed next to. Sequence CRDTs order characters by their origins." },
  { term: "CRDT", means: "A data type whose copies can be changed apart and always merge to the same, in whatever order updates arrive." },
  {
    term: "Operational transformation",
    also: ["OT"],
    means: "Edits are moved over those that came first in one order, which somebody must give.",
  },
  {
    term: "LWW-Register",
    also: ["LWW", "last writer wins"],
    means: "A value with a stamp; of two, the higher stamp stays and the other value is gone.",
  },
  { term: "MV-Register", means: "Values written at once are all kept, side by side, until somebody who saw them writes." },
  {
    term: "G-Counter, PN-Counter",
    also: ["G-Counter", "PN-Counter"],
    means: "Each replica counts its own; the sum of the highest counts of each is the value. Two of them give up and down.",
  },
  { term: "OR-Set", means: "A set in which a removal takes away only the adds that it had seen, so an add that met it stays." },
  {
    term: "Epoch",
    means: "The name of a note's history. A client that meets another epoch keeps its work as a draft, and never merges two histories.",
  },
  { term: "Lease", means: "A lock that runs out by itself, so that a holder who is gone does not hold it for ever." },
  {
    term: "Fencing token",
    means: "A number that grows with each holder. Whoever stores a write refuses lower tokens, so a late holder does no harm.",
  },
  {
    term: "Quorum",
    also: ["majority"],
    means: "A majority. Any two have somebody in common, which is why two sides of a split cannot both have one.",
  },
  { term: "Partition", means: "Some can no longer reach others. Each side must then choose: go on alone, or wait." },
  {
    term: "Anti-entropy",
    means: "Comparing what two copies have and sending what the other lacks, again and again, until nothing is missing.",
  },
  {
    term: "Back-pressure",
    also: ["backpressure"],
    means: "Slowing the sender down when the receiver cannot keep up, instead of letting a queue grow.",
  },
  {
    term: "Token bucket",
    means: "A rate limit that allows bursts: tokens drip in at a rate, each message takes one, and the bucket holds only so many.",
  },
];

/** Of a term, as part of an address. */
export function termId(term: string): string {
  return `word-${term.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
}

/** A stretch of a text; with a term, one that the glossary explains. */
export interface TextPart {
  readonly text: string;
  readonly term: string | null;
}

const TERM_OF = new Map(TERMS.flatMap(({ term, also = [] }) => [term, ...also].map((word) => [word.toLowerCase(), term] as const)));
// The longest first: "version vector" before anything in it.
const WORDS = [...TERM_OF.keys()].toSorted((a, b) => b.length - a.length);
const PATTERN = new RegExp(String.raw`(?<![\p{L}\p{N}-])(${WORDS.join("|")})(s?)(?![\p{L}\p{N}-])`, "giu");

/** A text in parts, each term marked where it first stands. Together they are the text. */
export function partsOf(text: string): TextPart[] {
  const parts: TextPart[] = [];
  const seen = new Set<string>();
  let from = 0;
  for (const found of text.matchAll(PATTERN)) {
    const term = TERM_OF.get(found[1]!.toLowerCase())!;
    if (seen.has(term)) continue;
    seen.add(term);
    if (found.index > from) parts.push({ text: text.slice(from, found.index), term: null });
    parts.push({ text: found[0], term });
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), term: null });
  return parts;
}
