/** The lessons, in their order. What they come to is nowhere here: it is computed when they are shown. */

import type { AskBefore } from "../../crdt/lab/lesson.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

export interface Lesson {
  readonly id: string;
  readonly title: string;
  /** A file of crdt/lab/scenarios. */
  readonly scenario: string;
  /** Whose outcome is asked for. */
  readonly strategy: StrategyName;
  readonly askBefore: AskBefore;
  /** Why this matters, before anything happens. */
  readonly intro: string;
  /** The rule that decides, as it holds everywhere. */
  readonly rule: string;
}

export const LESSONS: readonly Lesson[] = [
  {
    id: "cliff",
    title: "One slider, and half of the work is gone",
    scenario: "latency-cliff",
    strategy: "lww-note",
    askBefore: "first-edit",
    intro:
      "Nobody is cut off. Two people type forty keys each, on lines of their own, a key every 150 ms, one 75 ms after the other. The network takes 80 ms each way.",
    rule: "Each key is a write of the whole note. Once a key takes longer to arrive than the pause between the two people's keys, every write was made without the other's last one, and replaces it.",
  },
  {
    id: "same-caret",
    title: "Two words at one caret",
    scenario: "same-caret",
    strategy: "walker",
    askBefore: "meeting",
    intro: "The first question for any text CRDT: two people type at the very same place. Somebody must come first. Who?",
    rule: "Both words were put between the same two characters. Neither is more right: the CRDT compares their ids, which is arbitrary, and the same on every copy.",
  },
  {
    id: "different-lines",
    title: "What a register for each line saves",
    scenario: "different-lines",
    strategy: "lww-line",
    askBefore: "meeting",
    intro:
      "Last write wins throws away whatever came before. A smaller unit makes the loss smaller: here each line is a register of its own.",
    rule: "Each line has its own stamp. Two writes lose to each other only where they meet in one line.",
  },
  {
    id: "split-line",
    title: "What a register for each line breaks",
    scenario: "split-vs-edit",
    strategy: "lww-line",
    askBefore: "meeting",
    intro: "Now one person presses Enter inside of a line, while another goes on writing at its end. The line is the unit. Which line?",
    rule: "Enter makes a new line out of the tail. The other writer rewrote the old line, tail included: neither register knows that the words are the same.",
  },
  {
    id: "clocks",
    title: "A clock that is an hour fast",
    scenario: "clock-skew",
    strategy: "lww-note",
    askBefore: "meeting",
    intro: "Last, by whose clock? A's is an hour ahead. B writes later, sees what happened, and writes again.",
    rule: "The highest stamp stays. A clock that is ahead wins until the others' clocks have come as far, however late they really write.",
  },
  {
    id: "interleaving",
    title: "Two words, woven into one",
    scenario: "backward-typing",
    strategy: "rga",
    askBefore: "meeting",
    intro:
      "Both put a word in at the same place, letter by letter, each new letter before the one typed last. The words are whole in each copy. And together?",
    rule: "RGA orders the letters that have one left neighbour by how new they are, and cannot see that three of them are one word. Fugue keeps a second neighbour, the right one, for this.",
  },
  {
    id: "even-yjs",
    title: "Even Yjs",
    scenario: "axb",
    strategy: "yjs",
    askBefore: "meeting",
    intro: "A word is written to the left of a letter, in two goes, while somebody else writes there too.",
    rule: "Which neighbour a character is tied to decides what may come between. Orders that are equal in every easy case part ways here.",
  },
  {
    id: "delete-vs-edit",
    title: "A deleted line that somebody was writing in",
    scenario: "delete-vs-edit",
    strategy: "walker",
    askBefore: "meeting",
    intro: "A deletes a line. B, who does not know it yet, puts a word into the middle of that line.",
    rule: "A deletion takes the characters that its author saw. What was typed among them unseen has lost its surroundings, and stays: an orphan.",
  },
  {
    id: "same-fix",
    title: "When merging doubles",
    scenario: "same-typo-fix",
    strategy: "yjs",
    askBefore: "meeting",
    intro: "Both see the same typo, and both mend it in the same way.",
    rule: "The deletions are the same deletion. The insertions are not the same insertion: each has an id of its own, and nobody compares what they say.",
  },
  {
    id: "formatter",
    title: "Format on save",
    scenario: "format-on-save",
    strategy: "fugue",
    askBefore: "meeting",
    intro: "A formatter in each tab replaces the whole note by a prettier one.",
    rule: "Delete all and insert all is the worst way to say a small change: both new texts are new. An editor should send the smallest difference.",
  },
  {
    id: "move",
    title: "Cut and paste is not a move",
    scenario: "move-vs-edit",
    strategy: "walker",
    askBefore: "meeting",
    intro: "A moves a line to the end by cutting and pasting it. B, at the same time, adds to it where it was.",
    rule: "The cut deletes characters, the paste makes new ones. Nothing says that they are the same line, so the edit stays where the line had been.",
  },
  {
    id: "fencing",
    title: "Locks need fencing",
    scenario: "stale-lease-unfenced",
    strategy: "lease",
    askBefore: "last-edit",
    intro:
      "A holds the lock, and stands still for longer than the lock lasts. B gets it and writes. Then A goes on where it was, sure of its lock. Fencing is off.",
    rule: "A lock that runs out by itself can have two holders who both believe in it. Only whoever stores the write can tell them apart, by a token that grows with each holder, and only if it looks.",
  },
  {
    id: "duplicated-tab",
    title: "Two replicas under one id",
    scenario: "duplicated-tab",
    strategy: "yjs",
    askBefore: "meeting",
    intro: "A browser's Duplicate Tab copies everything, the replica id too. Both tabs write.",
    rule: "Edits are told apart by replica and number. Two tabs under one id number theirs alike: each takes the other's edits for its own, which it has already. No merge ever mends that.",
  },
  {
    id: "disk-lost",
    title: "The server comes back with another history",
    scenario: "disk-lost",
    strategy: "walker",
    askBefore: "meeting",
    intro: "The server loses its disk and makes the note again from its plain text, under the old epoch. A, who was away, comes back.",
    rule: "The characters are the same, their identities are not. To a CRDT the note from plain text is other text typed at once. An epoch in the handshake is what keeps two histories from being merged.",
  },
];

export function lessonOf(id: string): Lesson | null {
  return LESSONS.find((lesson) => lesson.id === id) ?? null;
}
