/** Checks of one document, and what they are made of. Whatever does not hold is thrown. */

import { DecodeError, ProtocolError } from "../../../crdt/base/errors.ts";
import { type ReplicaId, replicaIdFrom } from "../../../crdt/base/ids.ts";
import { type Prng, shuffle } from "../../../crdt/base/prng.ts";
import { applySplices } from "../../../crdt/base/splice.ts";
import { walkerStrategy } from "../../../crdt/strategy/walker-strategy.ts";
import type { Gap } from "../../../crdt/text/shared-text.ts";
import { TextDocument } from "../../../crdt/text/text-document.ts";
import type { Counts } from "./counts.ts";
import { damaged } from "./damage.ts";
import { recordedFrom } from "./recorded.ts";

const EMPTY = new Uint8Array(0);
const READER = replicaIdFrom(900);
const STRANGER = replicaIdFrom(901);

/** All of it again: from its events, from an update to one that has nothing; and every invariant. */
export function replay(document: TextDocument): void {
  const text = document.toString();
  document.checkInvariants();
  const fromEvents = TextDocument.fromEvents(recordedFrom(document.events()), { agent: READER });
  equal("a replay of the events", fromEvents.toString(), text);
  equal("its version", String(fromEvents.version()), String(document.version()));
  equal("its digest", digestText(fromEvents), digestText(document));
  const fromUpdate = TextDocument.create({ agent: READER });
  equal("everything since nothing", applySplices("", fromUpdate.applyUpdate(document.since(EMPTY))), text);
}

/** All updates there are, in another order, into a document that begins empty: one by one, or in one call. */
export function readLate(updates: readonly Uint8Array[], wanted: string, prng: Prng): void {
  if (prng.float() < 0.5) {
    const batch = TextDocument.create({ agent: READER });
    return equal("all updates in one batch", applySplices("", batch.applyUpdates(shuffle(prng, [...updates, ...updates]))), wanted);
  }
  const late = TextDocument.create({ agent: READER });
  let editor = "";
  // In windows, so that the room of those that wait stays small; each comes twice.
  for (let at = 0; at < updates.length; at += 40)
    for (const update of shuffle(prng, updates.slice(at, at + 80))) editor = applySplices(editor, late.applyUpdate(update));
  equal("a late reader of all updates, shuffled and twice", late.toString(), wanted);
  equal("its editor", editor, wanted);
  equal("what it lacks", JSON.stringify(late.missing()), "[]");
}

/** Something is missing exactly while something waits; a gap begins behind what is here and holds what somebody made. */
export function checkMissing(
  gaps: readonly Gap[],
  isWaiting: boolean,
  countsOf: (agent: ReplicaId) => { readonly known: number; readonly made: number },
): void {
  equal("whether something is missing", gaps.length > 0, isWaiting);
  for (const { agent, from, to } of gaps) {
    const { known, made } = countsOf(agent);
    equal(`where the gap of ${agent} begins`, from, known);
    if (!(to > from && to <= made)) throw new Error(`A gap from ${from} to ${to}, of ${made} events`);
  }
}

/** A copied id: what the impostor of `victim`, who has said something, says must be refused, with all that came along. */
export function impersonate(document: TextDocument, victim: ReplicaId, counts: Counts): void {
  const impostor = TextDocument.create({ agent: victim });
  impostor.insert(0, "\ue000");
  const stranger = TextDocument.create({ agent: STRANGER });
  stranger.insert(0, "honest");
  refused(document, walkerStrategy.merge!([stranger.encode(), impostor.encode()]), true, counts);
}

/** Broken bytes, into a copy of `document`. */
export function breakUpdate(document: TextDocument, honest: Uint8Array, prng: Prng, counts: Counts): void {
  const copy = TextDocument.load(document.encode(), { agent: READER });
  refused(copy, damaged(prng, honest), false, counts);
  copy.checkInvariants();
}

/** Only the two errors that a session expects may come out, and then nothing has changed. */
function refused(document: TextDocument, update: Uint8Array, isCertain: boolean, counts: Counts): void {
  const [text, bytes] = [document.toString(), String(document.encode())];
  try {
    document.applyUpdate(update);
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof ProtocolError)) throw error;
    counts.refused++;
    counts.bytesRefused += update.length;
    equal("the text after a refusal", document.toString(), text);
    equal("the bytes after a refusal", String(document.encode()), bytes);
    return;
  }
  if (isCertain) throw new Error("Another copy under the same id was believed");
}

export const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

export function wellFormed(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text));
}

export function isInsidePair(text: string, index: number): boolean {
  return index > 0 && index < text.length && text.codePointAt(index - 1)! > 0xffff;
}

export function equal<T>(what: string, got: T, wanted: T): void {
  if (got === wanted) return;
  throw new Error(`${what}: got ${JSON.stringify(got)}, expected ${JSON.stringify(wanted)}`);
}

/** What the events of each agent were, in an order of no meaning. */
export function digestText(document: TextDocument): string {
  return document
    .digests()
    .map(([agent, count, { low, high }]) => `${agent} ${count} ${low} ${high}`)
    .sort()
    .join(", ");
}
