"use client";

import { useEffect, useRef, useState } from "react";
import type { LinkAnswer } from "../../crdt/sync/access-messages.ts";
import styles from "./share-dialog.module.css";

export interface ShareLinkProps {
  readonly link: LinkAnswer;
  /** Made just now: it is copied at once where the browser allows. */
  readonly isNew: boolean;
  readonly onRevoke: () => void;
}

/** One link, to be copied or ended. */
export function ShareLink({ link, isNew, onRevoke }: ShareLinkProps) {
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<"no" | "yes" | "by hand">("no");
  const address = `${window.location.origin}${link.path}`;
  const copy = (): void => {
    // Absent where the page is not served securely.
    const clipboard = (navigator as { readonly clipboard?: Clipboard }).clipboard;
    const byHand = (): void => {
      field.current?.select();
      setCopied("by hand");
    };
    if (clipboard === undefined) byHand();
    else clipboard.writeText(address).then(() => setCopied("yes"), byHand);
  };
  useEffect(() => {
    if (isNew) field.current?.select();
  }, [isNew]);
  const ends = link.expiresAtMs === null ? "does not end by itself" : `ends ${new Date(link.expiresAtMs).toLocaleString()}`;
  return (
    <li className={styles.link} data-testid="share-link" data-right={link.right}>
      <span className={styles.what}>
        <strong>{link.right === "edit" ? "Edit" : "View"}</strong> · {ends}
      </span>
      <input
        ref={field}
        className={styles.address}
        readOnly
        value={address}
        aria-label={`Address of the ${link.right} link`}
        data-testid="share-address"
      />
      <button type="button" onClick={copy} aria-label={`Copy the ${link.right} link`}>
        Copy
      </button>
      <button type="button" onClick={onRevoke} aria-label={`Revoke the ${link.right} link`} data-testid="share-revoke">
        Revoke
      </button>
      <span className={styles.said} role="status">
        {copied === "yes" ? "Copied" : copied === "by hand" ? "Press Ctrl C to copy what is selected" : ""}
      </span>
    </li>
  );
}
