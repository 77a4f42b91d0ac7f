/** Tells the control plane what this tab holds: the text as its editor shows it, hashed here, whenever it changed. */

import { toBase64 } from "../../crdt/base/bytes.ts";
import { hashText } from "../../crdt/base/hash.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import type { ControlClient } from "./control-client.ts";

const REPORT_AFTER_MS = 100;
/** Hashing is linear in the note: at most this share of the time goes to it. */
const HASH_SHARE = 0.1;

/** Reports until the returned function is called. `editorText` is null while the editor is between two texts. */
export function reportDigests(
  note: NoteSession,
  control: ControlClient,
  editorText: () => string | null,
): { readonly soon: () => void; readonly stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let delayMs = 0;
  const report = (): void => {
    timer = null;
    const text = editorText();
    if (text === null) {
      soon();
      return;
    }
    const fromMs = performance.now();
    const { replica, session } = note;
    const { unsaved, roundTripMs } = session.status();
    control.report(
      note.noteId,
      {
        contentHash: hashText(text),
        structureHash: replica.hash().structure,
        seen: toBase64(replica.seen()),
        unacknowledged: unsaved,
        buffered: replica.stats().pending,
        length: text.length,
      },
      roundTripMs === null ? null : Math.round(roundTripMs),
    );
    delayMs = Math.max(REPORT_AFTER_MS, (performance.now() - fromMs) / HASH_SHARE);
  };
  // The first change is told at once, the next ones together.
  const soon = (): void => {
    timer ??= setTimeout(report, delayMs);
  };
  const unsubscribe = note.session.subscribe(({ kind }) => {
    if (kind !== "presence") soon();
  });
  soon();
  return {
    soon,
    stop() {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    },
  };
}
