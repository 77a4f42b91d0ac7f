"use client";

import { useEffect, useRef, useState } from "react";
import styles from "./lab.module.css";

/** Says where everybody is when somebody presses Alt W, wherever they are on the page. `text` is asked then, and not before. */
export function WhereLine({ text }: { readonly text: () => string }) {
  const [said, setSaid] = useState("");
  const latest = useRef(text);
  useEffect(() => {
    latest.current = text;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyW") return;
      event.preventDefault();
      setSaid(latest.current());
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <p className={styles.notice} role="status" hidden={said === ""} data-testid="where">
      {said}
    </p>
  );
}
