"use client";

import { useState } from "react";

/** Copies a text, and says whether the browser let it. */
export function CopyButton({ text }: { readonly text: string }) {
  const [said, setSaid] = useState("Copy");
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setSaid("Copied"),
      () => setSaid("Not copied: the browser forbids it"),
    );
  };
  return (
    <button type="button" onClick={copy}>
      {said}
    </button>
  );
}
