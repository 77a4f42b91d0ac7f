"use client";

import { useDeferredValue, useEffect, useState } from "react";
import styles from "./editor.module.css";

/** The text as a reader sees it. Its code is loaded with the first preview. */
export function PreviewPane({ text }: { readonly text: string }) {
  const deferred = useDeferredValue(text);
  const [render, setRender] = useState<((text: string) => string) | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void import("./preview-html.ts").then(({ previewHtml }) => {
      if (isCurrent) setRender(() => previewHtml);
    });
    return () => {
      isCurrent = false;
    };
  }, []);
  if (render === null) return <div className={styles.preview} aria-busy="true" />;
  if (deferred.trim() === "") return <div className={styles.preview}>Nothing to preview yet.</div>;
  return (
    <article
      className={styles.preview}
      aria-label="Preview"
      tabIndex={0}
      dir="auto"
      data-testid="preview"
      // previewHtml lets no markup of the note through.
      dangerouslySetInnerHTML={{ __html: render(deferred) }}
    />
  );
}
