import { useEffect, useState } from "react";
import { useControlClient } from "../_client/use-control.ts";

/** The server's time, looked at anew every `intervalMs`, and the same in between; null stops the ticking. Only below a ControlContext. */
export function useServerNow(intervalMs: number | null): number {
  const client = useControlClient();
  const [nowMs, setNowMs] = useState(() => Date.now() + client.state().serverOffsetMs);
  useEffect(() => {
    if (intervalMs === null) return;
    const tick = (): void => setNowMs(Date.now() + client.state().serverOffsetMs);
    const first = setTimeout(tick, 0);
    const timer = setInterval(tick, intervalMs);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [client, intervalMs]);
  return nowMs;
}
