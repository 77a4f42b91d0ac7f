import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { LabRun, type LabState } from "./lab-run.ts";
import { addressOf } from "./lab-source.ts";

/** The run of this page, as its address asks for it, going on as long as the page is there. */
export function useLabRun(): LabRun {
  const [run] = useState(() => new LabRun());
  useEffect(() => {
    run.start(addressOf(window.location));
    // Another link in the same tab is another run.
    const reload = (): void => window.location.reload();
    window.addEventListener("hashchange", reload);
    return () => {
      window.removeEventListener("hashchange", reload);
      run.close();
    };
  }, [run]);
  return run;
}

export const LabContext = createContext<LabRun | null>(null);

/** The run around this component. @throws RangeError outside of one. */
export function useLab(): LabRun {
  const run = useContext(LabContext);
  if (run === null) throw new RangeError("No run around this component: put it inside LabContext");
  return run;
}

export function useLabState(run: LabRun): LabState {
  return useSyncExternalStore(run.subscribe, run.state);
}
