"use client";

import { useState } from "react";

type Theme = "light" | "dark";

/** Switches between light and dark, and remembers it. */
export function ThemeButton({ className }: { readonly className: string }) {
  const [theme, setTheme] = useState<Theme>(shownTheme);
  const other: Theme = theme === "dark" ? "light" : "dark";
  const change = (): void => {
    document.documentElement.dataset.theme = other;
    try {
      localStorage.setItem("riftpad.theme", other);
    } catch {
      // Kept until the page closes.
    }
    setTheme(other);
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
