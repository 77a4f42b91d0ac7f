"use client";

import { useRef, useState } from "react";
import type { Tab } from "../_client/tab.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import { lazyPart } from "./lazy-part.tsx";

// Not part of a first note.
const ShareDialog = lazyPart(async () => (await import("./share-dialog.tsx")).ShareDialog);

export interface ShareProps {
  readonly tab: Tab;
  readonly noteId: NoteId;
  readonly className: string;
}

/** A button that opens the links of this note. */
export function Share({ tab, noteId, className }: ShareProps) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button ref={button} type="button" className={className} aria-haspopup="dialog" data-testid="share" onClick={() => setOpen(true)}>
        Share
      </button>
      {isOpen && (
        <ShareDialog
          tab={tab}
          noteId={noteId}
          onClose={() => {
            setOpen(false);
            button.current?.focus();
          }}
        />
      )}
    </>
  );
}
