import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { useControl } from "../_client/use-control.ts";
import { useStatus } from "../_client/use-note.ts";
import { nodeInAddress } from "../_client/ws-connect.ts";
import { birthWait } from "../_network/birth-wait.ts";

/** Why this note cannot begin on this side, in a sentence; null where it is there, or nothing stands against it. */
export function useBirthWait({ session }: NoteSession): string | null {
  const { fabric, self } = useControl();
  const isHere = useStatus(session).connection === "synced";
  return isHere ? null : birthWait(fabric, self, nodeInAddress());
}
