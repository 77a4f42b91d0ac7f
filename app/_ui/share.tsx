"use client";

import { lazy, Suspense, useRef, useState } from "react";
import type { Tab } from "../_client/tab.ts";
import type { NoteId } from "../../crdt/base/ids.ts";

// Not part of a first note.
const ShareDialog = lazy(() => import("./share-dialog.tsx").then(({ ShareDialog: dialog }) => ({ default: dialog })));

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
        <Suspense fallback={null}>
          <ShareDialog
            tab={tab}
            noteId={noteId}
            onClose={() => {
              setOpen(false);
              button.current?.focus();
            }}
          />
        </Suspense>
      )}
    </>
  );
}
