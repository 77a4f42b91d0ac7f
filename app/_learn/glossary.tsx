import styles from "./learn.module.css";

interface Term {
  readonly term: string;
  readonly means: string;
}

const TERMS: readonly Term[] = [
  { term: "Replica", means: "One copy of a note that can be edited by itself: here each open tab is one, and so is each server node." },
  { term: "Update", means: "The bytes that tell another replica what changed. Only the strategy that made them can read them." },
  { term: "Splice", means: "A change as an editor sees it: at this place, remove so many characters, insert these." },
  { term: "Concurrent", means: "Two edits of which neither author had seen the other. Not a matter of clocks: they may be hours apart." },
  { term: "Converged", means: "Every copy holds the same text and the same structure. Decided by hashes, never by version vectors alone." },
  {
    term: "Version vector",
    means: "For each replica, how many of its edits are known. It says what is missing, not whether two copies agree.",
  },
  { term: "Tombstone", means: "What remains of a deleted character, so that others who still refer to it find its place." },
  { term: "Origin", means: "The neighbour that a character was typed next to. Sequence CRDTs order characters by their origins." },
  { term: "CRDT", means: "A data type whose copies can be changed apart and always merge to the same, in whatever order updates arrive." },
  { term: "Operational transformation", means: "Edits are moved over those that came first in one order, which somebody must give." },
  { term: "LWW-Register", means: "A value with a stamp; of two, the higher stamp stays and the other value is gone." },
  { term: "MV-Register", means: "Values written at once are all kept, side by side, until somebody who saw them writes." },
  {
    term: "G-Counter, PN-Counter",
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
  { term: "Quorum", means: "A majority. Any two have somebody in common, which is why two sides of a split cannot both have one." },
  { term: "Partition", means: "Some can no longer reach others. Each side must then choose: go on alone, or wait." },
  {
    term: "Anti-entropy",
    means: "Comparing what two copies have and sending what the other lacks, again and again, until nothing is missing.",
  },
  { term: "Back-pressure", means: "Slowing the sender down when the receiver cannot keep up, instead of letting a queue grow." },
  {
    term: "Token bucket",
    means: "A rate limit that allows bursts: tokens drip in at a rate, each message takes one, and the bucket holds only so many.",
  },
];

/** The field's words as this product uses them. */
export function Glossary() {
  return (
    <section aria-labelledby="glossary-title" id="glossary">
      <h2 id="glossary-title">Words</h2>
      <dl className={styles.glossary}>
        {TERMS.map(({ term, means }) => (
          <div key={term} id={`word-${term.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`}>
            <dt>{term}</dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
