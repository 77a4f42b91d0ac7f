"use client";

import { useControlPart } from "../_client/use-control.ts";
import type { HeldRow } from "./held-rows.ts";
import styles from "./messages-panel.module.css";

/** What is in the chosen message: decoded by the server, and its first bytes. */
export function MessageDetails({ row, title }: { readonly row: HeldRow; readonly title: string }) {
  const inspected = useControlPart((control) => control.inspected ?? null);
  const isHere = inspected !== null && inspected.link === row.link && inspected.id === row.id;
  return (
    <div className={styles.details} data-testid="message-details">
      <p className={styles.line}>
        <strong>{title}</strong> #{row.id}: {isHere ? inspected.lines.join("; ") : (row.summary ?? "…")}
      </p>
      {isHere && inspected.contents.length > 0 && (
        <ul className={styles.contents} aria-label="What the update carries" data-testid="message-contents">
          {inspected.contents.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      {isHere && <code className={styles.hex}>{inspected.hex}</code>}
    </div>
  );
}
