import type { Metadata } from "next";
import styles from "../_compare/compare.module.css";
import { CompareClocks } from "../_compare/compare-clocks.tsx";
import { CompareRecorded } from "../_compare/compare-recorded.tsx";
import { CompareScenario, ScenarioChooser } from "../_compare/compare-scenario.tsx";
import { CompareShared } from "../_compare/compare-shared.tsx";
import { PageBar } from "../_ui/page-bar.tsx";
import { parseNoteId } from "../../crdt/base/ids.ts";

export const metadata: Metadata = { title: "Compare strategies · Riftpad" };

/**
 * The same human actions through every strategy; `?note=<id>` takes them from that note's recording (`&by=clocks`: under every clock
 * instead), `?scenario=<id>` from the catalogue, and `#s=` from a shared run.
 */
export default async function ComparePage({
  searchParams,
}: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { note, scenario, by } = await searchParams;
  const noteId = typeof note === "string" ? parseNoteId(note) : null;
  const isByClocks = by === "clocks";
  const scenarioId = noteId === null && typeof scenario === "string" ? scenario : null;
  return (
    <>
      <PageBar current="Compare" />
      <main className={styles.page}>
        {noteId !== null && <a href={`/notes/${noteId}`}>Back to the note</a>}
        {(noteId !== null || scenarioId !== null) && <a href="/compare">Compare typed texts</a>}
        <h1>
          {noteId === null ? "Compare strategies" : isByClocks ? "This note, under every clock" : "This note, through every strategy"}
        </h1>
        {noteId === null && <ScenarioChooser chosen={scenarioId} />}
        {noteId !== null && (
          <a href={`/compare?note=${noteId}${isByClocks ? "" : "&by=clocks"}`}>
            {isByClocks ? "Through every strategy" : "Under every clock"}
          </a>
        )}
        {noteId !== null && isByClocks ? (
          <CompareClocks noteId={noteId} />
        ) : noteId !== null ? (
          <CompareRecorded noteId={noteId} />
        ) : scenarioId !== null ? (
          <CompareScenario key={scenarioId} id={scenarioId} />
        ) : (
          <CompareShared />
        )}
      </main>
    </>
  );
}
