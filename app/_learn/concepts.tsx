import styles from "./learn.module.css";

export interface Concept {
  readonly title: string;
  readonly idea: string;
  readonly where: string;
  readonly href: string;
}

export const CONCEPTS: readonly Concept[] = [
  {
    title: "CAP",
    idea: "While the network is split, a note either stays writable on both sides and merges later, or stays one truth and refuses one side.",
    where: "The Network panel of a note: press Split in half, and read who may still write and who may not",
    href: "/notes/welcome?panel=network",
  },
  {
    title: "Optimistic locking",
    idea: "Write against the version you saw; if it is no longer the newest, you are refused and must merge or try again.",
    where: "Two edits of one line: see what Compare and merge, and Compare and retry, make of them",
    href: "/compare?scenario=same-line",
  },
  {
    title: "Pessimistic locking",
    idea: "Ask before writing. Nobody is refused afterwards, but everybody else waits.",
    where: "A queue for the lock, step by step: who holds it, and whose edits are drafts meanwhile",
    href: "/compare?scenario=lease-queue",
  },
  {
    title: "Distributed locks and fencing",
    idea: "A lock with a time limit can have two holders who both believe in it. A number that only grows lets the store tell them apart.",
    where: "The lesson in which a holder that stood still goes on, with fencing off",
    href: "/learn/fencing",
  },
  {
    title: "CRDTs",
    idea: "Copies that merge to the same in any order, with no server to decide.",
    where: "The lesson of two words at one caret, and what every strategy makes of them",
    href: "/learn/same-caret",
  },
  {
    title: "Publish, subscribe and fan-out",
    idea: "One edit becomes one message for each of the others. The server joins what comes within one turn into one frame.",
    where: "The Network panel's strip: updates in, frames out, and how many updates share a frame",
    href: "/notes/welcome?panel=network",
  },
  {
    title: "Rate limiting",
    idea: "A token bucket lets a burst through and then holds to a rate.",
    where: "The Network panel: Overload, and the bot of 200 keys a second",
    href: "/notes/welcome?panel=network",
  },
  {
    title: "Back-pressure",
    idea: "A reader that is slow makes the server read less from it and join more for it, instead of piling up.",
    where: "The Network panel: give this tab a small bucket under Overload, let the bot type, and see what waits in the tab",
    href: "/notes/welcome?panel=network",
  },
  {
    title: "An event loop, against threads and goroutines",
    idea: "Threads and goroutines work on several rooms at once, and need a lock or a channel round each note. One loop needs none: while it works on a note nobody else does. The price is that a long turn holds up everybody, so turns are short, what takes long goes to another thread, and the delay is measured.",
    where: "The server's own numbers: look for nodejs_eventloop_lag_seconds",
    href: "/metrics",
  },
];

/** The ideas behind the product, and for each the place where it can be seen to happen. */
export function Concepts() {
  return (
    <section aria-labelledby="concepts-title">
      <h2 id="concepts-title">Ideas, and where to see them</h2>
      <ul className={styles.concepts}>
        {CONCEPTS.map(({ title, idea, where, href }) => (
          <li key={title}>
            <h3>{title}</h3>
            <p>{idea}</p>
            <p className={styles.note}>
              <a href={href}>{where}</a>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
