"use client";

import { useEffect, useRef } from "react";
import { reportDigests } from "../_client/digest-reporter.ts";
import type { Tab } from "../_client/tab.ts";
import { installTestHook } from "../_client/test-hook.ts";
import { useControlPart } from "../_client/use-control.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import carets from "./carets.module.css";
import styles from "./editor.module.css";
import { NoteEditor } from "./note-editor.ts";

export interface EditorPaneProps {
  readonly tab: Tab;
  readonly note: NoteSession;
  readonly title: string;
  readonly isShown: boolean;
  readonly isReadOnly: boolean;
  /** Told of the editor, and when it is gone. The same function all the time. */
  readonly onEditor: (editor: NoteEditor | null) => void;
  readonly onText: (text: string) => void;
  readonly onRefused: (reason: string) => void;
}

/** The text. Stays mounted behind the preview, so that undo and caret survive. */
export function EditorPane({ tab, note, title, isShown, isReadOnly, onEditor, onText, onRefused }: EditorPaneProps) {
  const host = useRef<HTMLDivElement>(null);
  const mounted = useRef<NoteEditor>(null);
  const { selfName, selfColour } = useControlPart((control) => ({ selfName: control.selfName, selfColour: control.selfColour }));
  const first = useRef({ title, onText, onRefused });
  useEffect(() => {
    if (host.current === null) return;
    const { title: label, onText: tellText, onRefused: tellRefused } = first.current;
    let report: ReturnType<typeof reportDigests> | null = null;
    const made = new NoteEditor({
      parent: host.current,
      note,
      label: `Text of ${label}`,
      isReadOnly,
      onRefused: tellRefused,
      onText: (text) => {
        tellText(text);
        report?.soon();
      },
    });
    mounted.current = made;
    onEditor(made);
    report = reportDigests(note, tab.control, () => made.editorText());
    const uninstall = installTestHook({
      note,
      journal: tab.journal,
      text: () => made.view.state.doc.toString(),
      corrupt: (text) => made.corrupt(text),
    });
    return () => {
      uninstall();
      report?.stop();
      made.destroy();
      mounted.current = null;
      onEditor(null);
    };
  }, [tab, note, isReadOnly, onEditor]);
  useEffect(() => {
    if (selfName !== "") mounted.current?.setPerson({ name: selfName, colour: selfColour });
  }, [selfName, selfColour, note]);
  return <div ref={host} className={`${styles.editor} ${carets.carets}`} hidden={!isShown} />;
}
