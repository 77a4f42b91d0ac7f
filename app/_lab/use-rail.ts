import { useState } from "react";
import { useMedia } from "../_ui/use-media.ts";

const KEY = "riftpad.lab-rail";

export interface Rail {
  /** Whether there is room for it at all; else the scenarios are a dialog. */
  readonly isWide: boolean;
  readonly isShown: boolean;
  /** Counts how often it was asked for. */
  readonly asked: number;
  readonly show: () => void;
  readonly hide: () => void;
}

/** The scenarios at the left on wide screens, unless somebody has hidden them. */
export function useRail(): Rail {
  const isWide = useMedia("(min-width: 1200px)");
  const [isHidden, setHidden] = useState(wasHidden);
  const [asked, setAsked] = useState(0);
  const keep = (hidden: boolean): void => {
    setHidden(hidden);
    try {
      localStorage.setItem(KEY, hidden ? "hidden" : "shown");
    } catch {
      // Kept until the page closes.
    }
  };
  return {
    isWide,
    isShown: isWide && !isHidden,
    asked,
    show: () => {
      keep(false);
      setAsked(asked + 1);
    },
    hide: () => keep(true),
  };
}

function wasHidden(): boolean {
  try {
    return localStorage.getItem(KEY) === "hidden";
  } catch {
    return false;
  }
}
