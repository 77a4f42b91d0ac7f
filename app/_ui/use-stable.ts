import { useCallback, useEffect, useRef } from "react";

/** A function that stays the same object and does what the latest one does: what is given it need not be drawn anew. Not to be called while rendering. */
export function useStable<A extends readonly unknown[]>(latest: (...given: A) => void): (...given: A) => void {
  const held = useRef(latest);
  useEffect(() => {
    held.current = latest;
  });
  return useCallback((...given: A) => held.current(...given), []);
}
