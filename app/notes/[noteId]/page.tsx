import { notFound } from "next/navigation";
import { parseNoteId } from "../../../crdt/base/ids.ts";
import { WorkspaceClient } from "../../_ui/workspace-client.tsx";

/** One note. Its address is its link. */
export default async function NotePage({ params }: { readonly params: Promise<{ noteId: string }> }) {
  const noteId = parseNoteId((await params).noteId);
  if (noteId === null || noteId.startsWith("_")) notFound();
  return <WorkspaceClient noteId={noteId} />;
}
