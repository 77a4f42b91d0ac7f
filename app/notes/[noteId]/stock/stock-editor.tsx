"use client";

import { basicSetup, EditorView } from "codemirror";
import { useEffect, useRef, useState } from "react";
import { yCollab } from "y-codemirror.next";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { adoptCapability, capabilityOf, isViewOnly } from "../../../_client/capabilities.ts";
import { nodeInAddress } from "../../../_client/ws-connect.ts";
import { pageNonce } from "../../../_editor/page-nonce.ts";
import { displayName } from "../../../../crdt/base/display-name.ts";
import { type NoteId, replicaIdFrom } from "../../../../crdt/base/ids.ts";
import { CLOSE, movedNodeOf } from "../../../../crdt/sync/close-codes.ts";
import styles from "./stock.module.css";

const COLOUR = /^#[0-9a-f]{3,8}$/i;
const FALLBACK_COLOUR = "#455a6b";

/** y-websocket does not retry after these. */
const REFUSED = (code: number): boolean => code >= 4400 && code < 4500;

/** A plain y-websocket client with a plain y-codemirror.next binding. */
export function StockEditor({ noteId }: { readonly noteId: NoteId }) {
  const host = useRef<HTMLDivElement>(null);
  const [state, setState] = useState("connecting");
  useEffect(() => {
    if (host.current === null) return;
    adoptCapability();
    const cap = capabilityOf(noteId);
    const node = nodeInAddress();
    const doc = new Y.Doc();
    const text = doc.getText("text");
    // BroadcastChannel would pass edits between tabs behind the server's back, and a cut tab would leak.
    const provider = new WebsocketProvider(syncUrl(), noteId, doc, {
      disableBc: true,
      params: { replica: replicaIdFrom(doc.clientID), name: "Stock", ...(node === null ? {} : { node }), ...(cap === null ? {} : { cap }) },
    });
    provider.awareness.setLocalStateField("user", { name: "Stock", color: "#455a6b", colorLight: "#455a6b33" });
    // Before y-codemirror.next hears of it: it writes colours into styles as they are.
    provider.awareness.on("change", () => dropUnsafeUsers(provider.awareness.getStates()));
    provider.on("status", ({ status }) => setState(status));
    provider.on("connection-close", (event) => {
      if (event === null) return;
      if (REFUSED(event.code)) setState(`refused: ${event.reason || event.code}`);
      // It makes its address anew for each connection.
      const moved = event.code === CLOSE.moved ? movedNodeOf(event.reason) : null;
      if (moved !== null) provider.params = { ...provider.params, node: moved };
    });
    const isReadOnly = isViewOnly(noteId);
    const view = new EditorView({
      parent: host.current,
      doc: text.toJSON(),
      extensions: [
        basicSetup,
        EditorView.cspNonce.of(pageNonce()),
        EditorView.editable.of(!isReadOnly),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          "aria-label": "Note, in a stock Yjs client",
          "data-testid": "stock-editor",
          // What cannot be edited can be read, and scrolled, with the keyboard.
          ...(isReadOnly ? { "aria-readonly": "true", tabindex: "0" } : {}),
        }),
        yCollab(text, provider.awareness),
      ],
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

/** Replaces what others say of themselves where it is no plain colour or no plain name. */
function dropUnsafeUsers(states: Map<number, Record<string, unknown>>): void {
  for (const state of states.values()) {
    if (state.user === undefined) continue;
    const { name, color, colorLight } = Object(state.user) as Partial<Record<"name" | "color" | "colorLight", unknown>>;
    state.user = {
      name: (typeof name === "string" ? displayName(name) : "") || "Guest",
      color: typeof color === "string" && COLOUR.test(color) ? color : FALLBACK_COLOUR,
      colorLight: typeof colorLight === "string" && COLOUR.test(colorLight) ? colorLight : `${FALLBACK_COLOUR}33`,
    };
  }
}

function syncUrl(): string {
  const { protocol, host } = window.location;
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/sync`;
}
