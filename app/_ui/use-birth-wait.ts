import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { useControlPart } from "../_client/use-control.ts";
import { useStatusPart } from "../_client/use-note.ts";
import { nodeInAddress } from "../_client/ws-connect.ts";
import { birthWait } from "../_network/birth-wait.ts";

/** Why this note cannot begin on this side, in a sentence; null where it is there, or nothing stands against it. */
export function useBirthWait({ session }: NoteSession): string | null {
  const isHere = useStatusPart(session, ({ connection }) => connection === "synced");
  return useControlPart(({ fabric, self }) => (isHere ? null : birthWait(fabric, self, nodeInAddress())));
}
