import { useCallback, useEffect, useRef, useState } from "react";

/** How long a moved control waits for its next move before its value is sent. */
const SEND_AFTER_MS = 120;
/** After this the server's word counts again, whatever was asked for. */
const FORGET_AFTER_MS = 1_500;

/**
 * The value of a control whose truth lives on the server: what the person just chose until the server says
 * the same, then the server's. Moves that follow each other quickly are sent as one.
 */
export function usePendingValue<T>(actual: T, send: (value: T) => void): readonly [T, (value: T) => void] {
  const [pending, setPending] = useState<{ readonly value: T } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sendRef = useRef(send);
  useEffect(() => {
    sendRef.current = send;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (pending === null) return;
    const forget = setTimeout(() => setPending(null), FORGET_AFTER_MS);
    return () => clearTimeout(forget);
  }, [pending]);
  if (pending !== null && Object.is(pending.value, actual)) setPending(null);
  const choose = useCallback((value: T) => {
    setPending({ value });
    clearTimeout(timer.current);
    timer.current = setTimeout(() => sendRef.current(value), SEND_AFTER_MS);
  }, []);
  return [pending === null ? actual : pending.value, choose];
}
