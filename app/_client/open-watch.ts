/** What watches for orphaned edits, once somebody writes: loaded then, so that the first note is on the screen before it. */

import type { NoteId } from "../../crdt/base/ids.ts";
import { OrphanWatch } from "../../crdt/sync/orphan-watch.ts";
import { browserClock } from "./browser-clock.ts";
import type { ControlClient, OrphanHalf } from "./control-client.ts";

/** Kept while the control plane cannot be reached. */
const HALVES_MAX = 100;

/** Tells what it finds over `control`, and hears there what others have found, until it is closed. */
export function openWatch(control: ControlClient, noteId: NoteId, text: () => string): OrphanWatch {
  const { self } = control.state();
  let halves: OrphanHalf[] = [];
  let heard = control.state().stranded;
  const tell = (half: OrphanHalf): void => {
    halves = [...halves, half].slice(-HALVES_MAX);
    look();
  };
  const look = (): void => {
    const { isConnected, stranded } = control.state();
    // Sending may tell whoever listens, this function too.
    if (isConnected) for (const half of halves.splice(0)) control.send(half);
    if (stranded === undefined || stranded === heard) return;
    heard = stranded;
    watch.hear(stranded, text);
  };
  const watch = new OrphanWatch({
    self,
    // A reloaded tab may have the same id.
    name: `${self}+${browserClock.now().toString(36)}`,
    onStranded: (stranded) => tell({ type: "stranded", noteId, stranded }),
    onOrphan: (loss) => tell({ type: "orphan", noteId, loss }),
    onClose: control.subscribe(look),
  });
  return watch;
}
