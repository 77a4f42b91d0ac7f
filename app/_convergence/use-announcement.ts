import { useEffect, useRef, useState } from "react";

/** A text must stand this long before it is worth saying. */
const SETTLE_MS = 1_000;
/** Between two announcements. */
const APART_MS = 3_000;

/** `text` for a live region: only what has settled, and at most once every 3 s. */
export function useAnnouncement(text: string): string {
  const [said, setSaid] = useState("");
  const saidAtMs = useRef(0);
  useEffect(() => {
    if (text === said) return;
    const waitMs = Math.max(SETTLE_MS, saidAtMs.current + APART_MS - performance.now());
    const timer = setTimeout(() => {
      saidAtMs.current = performance.now();
      setSaid(text);
    }, waitMs);
    return () => clearTimeout(timer);
  }, [text, said]);
  return said;
}
