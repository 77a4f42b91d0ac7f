"use client";

import { useState } from "react";

type Theme = "light" | "dark";

/** Switches between light and dark, and remembers it. */
export function ThemeButton({ className }: { readonly className: string }) {
  const [theme, setTheme] = useState<Theme>(() => (document.documentElement.dataset.theme === "dark" ? "dark" : "light"));
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
