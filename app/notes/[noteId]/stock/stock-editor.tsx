"use client";

import { EditorState } from "@codemirror/state";
import { basicSetup, EditorView } from "codemirror";
import { useEffect, useRef, useState } from "react";
import { yCollab } from "y-codemirror.next";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { type NoteId, replicaIdFrom } from "../../../../crdt/base/ids.ts";
import styles from "./stock.module.css";

/** y-websocket does not retry after these. */
const REFUSED = (code: number): boolean => code >= 4400 && code < 4500;

/** A plain y-websocket client with a plain y-codemirror.next binding. */
export function StockEditor({ noteId }: { readonly noteId: NoteId }) {
  const host = useRef<HTMLDivElement>(null);
  const [state, setState] = useState("connecting");
  useEffect(() => {
    if (host.current === null) return;
    const doc = new Y.Doc();
    const text = doc.getText("text");
    // BroadcastChannel would pass edits between tabs behind the server's back, and a cut tab would leak.
    const provider = new WebsocketProvider(syncUrl(), noteId, doc, {
      disableBc: true,
      params: { replica: replicaIdFrom(doc.clientID), name: "Stock" },
    });
    provider.awareness.setLocalStateField("user", { name: "Stock", color: "#455a6b", colorLight: "#455a6b33" });
    provider.on("status", ({ status }) => setState(status));
    provider.on("connection-close", (event) => {
      if (event !== null && REFUSED(event.code)) setState(`refused: ${event.reason || event.code}`);
    });
    const view = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: text.toJSON(),
        extensions: [
          basicSetup,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "Note, in a stock Yjs client", "data-testid": "stock-editor" }),
          yCollab(text, provider.awareness),
        ],
      }),
    });
    return () => {
      view.destroy();
      provider.destroy();
      doc.destroy();
    };
  }, [noteId]);
  return (
    <>
      <p role="status" data-testid="stock-status">
        {state}
      </p>
      <div ref={host} className={styles.editor} />
    </>
  );
}

function syncUrl(): string {
  const { protocol, host } = window.location;
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/sync`;
}
