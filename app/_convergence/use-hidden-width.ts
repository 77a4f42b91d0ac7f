import { type RefObject, useEffect, useState } from "react";

/** Whether what `scroller` holds is wider than it, live. */
export function useHiddenWidth(scroller: RefObject<HTMLElement | null>): boolean {
  const [isHidden, setHidden] = useState(false);
  useEffect(() => {
    const element = scroller.current;
    const content = element?.firstElementChild;
    if (element == null || content == null) return;
    const observer = new ResizeObserver(() => setHidden(element.scrollWidth > element.clientWidth));
    observer.observe(element);
    observer.observe(content);
    return () => observer.disconnect();
  }, [scroller]);
  return isHidden;
}
