import { useEffect, useState } from "react";

/** The server's time, looked at anew every `intervalMs`; null stops the ticking. */
export function useServerNow(serverOffsetMs: number, intervalMs: number | null): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (intervalMs === null) return;
    const tick = (): void => setNowMs(Date.now());
    const first = setTimeout(tick, 0);
    const timer = setInterval(tick, intervalMs);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [intervalMs]);
  return nowMs + serverOffsetMs;
}
