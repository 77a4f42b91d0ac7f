"use client";

import dynamic from "next/dynamic";
import { closeGlossary, openGlossary, useGlossary } from "./glossary-state.ts";

const GlossarySheet = dynamic(() => import("./glossary-sheet.tsx").then(({ GlossarySheet: component }) => component), { ssr: false });

/** Opens the words at the side of the page; stands once on each page, and is the place where the sheet is. */
export function GlossaryButton({ className }: { readonly className: string }) {
  const open = useGlossary();
  return (
    <>
      <button type="button" className={className} aria-haspopup="dialog" data-testid="glossary-open" onClick={() => openGlossary(null)}>
        Words
      </button>
      {open !== null && <GlossarySheet term={open.term} onClose={closeGlossary} />}
    </>
  );
}
