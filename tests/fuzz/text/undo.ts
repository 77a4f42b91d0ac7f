/**
 * Undo and redo (U1 to U3 of the scenarios). Which edits make one step of undoing is the document's to say, so its events are
 * taken as they are; what is checked is what must hold in any case: nobody else's text is removed, the editor is told what
 * happened, the events are ordered as any others. That redo takes an undo back is checked at the end of a world.
 */

import { walkerStrategy } from "../../../crdt/strategy/walker-strategy.ts";
import { type Edit, type Member, tellEditor } from "./member.ts";
import type { Oracle } from "./oracle.ts";
import { equal } from "./probes.ts";

/** null: there was nothing to undo. */
export function undoOrRedo(member: Member, oracle: Oracle, what: "undo" | "redo"): Edit | null {
  const { n, id } = member;
  const deps = [...oracle.known(n)];
  const from = oracle.made(n);
  const { document } = member;
  const splices = what === "undo" ? document.undo() : document.redo();
  for (const run of document.events()) {
    if (run.agent !== id || run.seq + run.length <= oracle.made(n)) continue;
    const skip = oracle.made(n) - run.seq;
    if (run.kind === "insert") oracle.insert(n, run.position + skip, run.text.slice(skip));
    else if (run.kind === "delete") oracle.remove(n, run.position, run.length - skip);
    else for (let k = skip; k < run.length; k++) oracle.remove(n, run.position - k, 1);
  }
  const to = oracle.made(n);
  for (let seq = from; seq < to; seq++) {
    const { kind, unit } = oracle.eventAt(n, seq)!;
    if (kind === "remove") equal("the author of what an undo removed", unit.agent, n);
  }
  tellEditor(member, splices);
  const updates = member.told.splice(0);
  if (updates.length === 0) {
    equal("events that nobody was told of", to, from);
    return null;
  }
  return { agent: n, from, to, update: walkerStrategy.merge!(updates), deps };
}
