"use client";

import { type ReactNode, startTransition, use, useEffect, useState } from "react";
import { CalmContext, ControlContext } from "./use-control.ts";

/** What is below is told at most this often. */
const TELL_MS = 100;

/**
 * The control plane for what shows much of it: told at most ten times a second, and rendered in slices between which keys and
 * frames have their turn. Commands go out at once.
 */
export function CalmControl({ children }: { readonly children: ReactNode }) {
  const client = use(ControlContext);
  if (client === null) throw new Error("CalmControl needs a ControlContext above it");
  const [state, setState] = useState(client.state);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const look = (): void => {
      timer = null;
      startTransition(() => setState(client.state()));
    };
    const stop = client.subscribe(() => (timer ??= setTimeout(look, TELL_MS)));
    timer = setTimeout(look, 0);
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [client]);
  return <CalmContext value={state}>{children}</CalmContext>;
}
