"use client";

import { useSyncExternalStore } from "react";

type Theme = "light" | "dark";

const listeners = new Set<() => void>();

/** Switches between light and dark, and remembers it. */
export function ThemeButton({ className }: { readonly className: string }) {
  const theme = useSyncExternalStore(subscribe, shownTheme, onServer);
  const other: Theme = theme === "dark" ? "light" : "dark";
  const change = (): void => {
    document.documentElement.dataset.theme = other;
    try {
      localStorage.setItem("riftpad.theme", other);
    } catch {
      // Kept until the page closes.
    }
    for (const listener of listeners) listener();
  };
  return (
    <button
      type="button"
      className={className}
      onClick={change}
      aria-label={`Switch to the ${other} theme`}
      title={`Switch to the ${other} theme`}
    >
      <span aria-hidden="true">{theme === "dark" ? "☀" : "☾"}</span>
    </button>
  );
}

function shownTheme(): Theme {
  const { theme } = document.documentElement.dataset;
  if (theme === "dark" || theme === "light") return theme;
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Nobody can know there; the browser says it at once. */
function onServer(): Theme {
  return "light";
}
