"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { linksOf, makeLink, revokeLink } from "../_client/share-links.ts";
import type { Tab } from "../_client/tab.ts";
import { useAccess } from "../_client/use-note.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { LinkAnswer } from "../../crdt/sync/access-messages.ts";
import styles from "./share-dialog.module.css";
import { ShareLink } from "./share-link.tsx";

const EXPIRIES: readonly { readonly title: string; readonly seconds: number | null }[] = [
  { title: "Never", seconds: null },
  { title: "In an hour", seconds: 3_600 },
  { title: "In a day", seconds: 86_400 },
  { title: "In a week", seconds: 604_800 },
];

export interface ShareDialogProps {
  readonly tab: Tab;
  readonly noteId: NoteId;
  readonly onClose: () => void;
}

/** The links of one note: makes, copies, lists and ends them. */
export function ShareDialog({ tab, noteId, onClose }: ShareDialogProps) {
  const { access } = tab;
  const { mode, mayShare } = useAccess(tab);
  const dialog = useRef<HTMLDialogElement>(null);
  const [links, setLinks] = useState<readonly LinkAnswer[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [right, setRight] = useState<"edit" | "view">("view");
  const [expiry, setExpiry] = useState(0);
  const [madeId, setMadeId] = useState<string | null>(null);
  const attempt = useCallback((work: Promise<void>): void => {
    work.then(
      () => setProblem(null),
      (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
    );
  }, []);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    // What is allowed may have changed since the page was opened.
    attempt(access.refresh());
  }, [access, attempt]);
  useEffect(() => {
    if (mayShare) attempt(linksOf(noteId).then(setLinks));
  }, [noteId, mayShare, attempt]);

  const make = async (): Promise<void> => {
    const link = await makeLink(noteId, right, EXPIRIES[expiry]?.seconds ?? null);
    setMadeId(link.id);
    setLinks(await linksOf(noteId));
  };
  const revoke = async (id: string): Promise<void> => {
    await revokeLink(id);
    setLinks(await linksOf(noteId));
  };
  return (
    <dialog ref={dialog} className={styles.dialog} onClose={onClose} aria-labelledby="share-title" data-testid="share-dialog">
      <h2 id="share-title">Share this note</h2>
      <p className={styles.lead}>
        {mode === "links"
          ? "A note opens only to a link. Whoever has an edit link writes; whoever has a view link reads along."
          : "This server lets in whoever has a note's address. A view link only spares its reader from writing by mistake; to make links necessary, start the server with RIFTPAD_ACCESS=links."}
      </p>
      {problem !== null && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      {!mayShare ? (
        <p data-testid="share-refused">Links are made by the owner of this server.</p>
      ) : (
        <>
          <form
            className={styles.form}
            onSubmit={(event) => {
              event.preventDefault();
              attempt(make());
            }}
          >
            <label>
              <span>Whoever has it may</span>
              <select
                value={right}
                data-testid="share-right"
                onChange={({ target }) => setRight(target.value === "edit" ? "edit" : "view")}
              >
                <option value="view">view</option>
                <option value="edit">edit</option>
              </select>
            </label>
            <label>
              <span>It ends</span>
              <select value={expiry} onChange={({ target }) => setExpiry(Number(target.value))}>
                {EXPIRIES.map(({ title }, n) => (
                  <option key={title} value={n}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
            <button type="submit" className={styles.primary} data-testid="share-make">
              Make a link
            </button>
          </form>
          {links === null ? (
            <p role="status">Reading the links …</p>
          ) : links.length === 0 ? (
            <p className={styles.muted}>There are no links of this note yet.</p>
          ) : (
            <ul className={styles.links} aria-label="Links of this note" data-testid="share-links">
              {links.toReversed().map((link) => (
                <ShareLink key={link.id} link={link} isNew={link.id === madeId} onRevoke={() => attempt(revoke(link.id))} />
              ))}
            </ul>
          )}
        </>
      )}
      <button type="button" className={styles.close} onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}
