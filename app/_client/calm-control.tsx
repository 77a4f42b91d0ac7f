"use client";

import { type ReactNode, startTransition, useEffect, useRef, useState } from "react";
import { CalmContext, useControlClient } from "./use-control.ts";

/** What is below is told at most this often. */
const TELL_MS = 100;
/** And less often where rendering it takes more than this share of the time. */
const RENDER_SHARE = 0.2;

/**
 * The control plane for what shows much of it: told at most ten times a second (less where that is too much for the machine), and rendered in slices between which keys and
 * frames have their turn. Commands go out at once.
 */
export function CalmControl({ children }: { readonly children: ReactNode }) {
  const client = useControlClient();
  const [state, setState] = useState(client.state);
  const toldMs = useRef(0);
  const tookMs = useRef(0);
  useEffect(() => {
    if (toldMs.current > 0) tookMs.current = performance.now() - toldMs.current;
  }, [state]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const look = (): void => {
      timer = null;
      toldMs.current = performance.now();
      startTransition(() => setState(client.state()));
    };
    const stop = client.subscribe(() => (timer ??= setTimeout(look, Math.max(TELL_MS, tookMs.current / RENDER_SHARE))));
    timer = setTimeout(look, 0);
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [client]);
  return <CalmContext value={state}>{children}</CalmContext>;
}
