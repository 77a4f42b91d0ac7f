/** What nodes say to each other, in words: for whoever shows single messages. Pure. */

import { DecodeError } from "../base/errors.ts";
import { peekFrameType } from "../sync/frames.ts";
import { decodeNodeFrame, type NodeFrame } from "./node-frames.ts";

/** A short name: of a note's own frame that one in frames.ts, else which message it is. */
export function nodeFrameName(bytes: Uint8Array): string {
  const frame = decoded(bytes);
  if (frame === null) return "unknown";
  switch (frame.type) {
    case "room":
      return peekFrameType(frame.frame) ?? "unknown";
    case "lease":
      return `lease ${frame.message.type}`;
    case "log":
      return `log ${frame.message.type}`;
    default:
      return frame.type;
  }
}

/** What is in it, a line for each thing. */
export function nodeFrameLines(bytes: Uint8Array): string[] {
  const frame = decoded(bytes);
  if (frame === null) return ["cannot be read"];
  switch (frame.type) {
    case "lease":
    case "log":
      return Object.entries(frame.message).flatMap(([name, value]) =>
        typeof value === "number" || typeof value === "string" ? [`${name} ${value}`] : [],
      );
    case "room":
      return [`${frame.frame.length} bytes of the note`];
    case "hello":
      return [`${frame.node}, ${frame.isSettled ? "its disk can vouch for what it holds" : "with a new disk"}`];
    case "beat":
      return [frame.isReply ? "an answer" : "a question"];
    case "inventory":
      return [`of ${frame.ballots.size} notes`];
    case "note":
      return [frame.noteId];
  }
}

function decoded(bytes: Uint8Array): NodeFrame | null {
  try {
    return decodeNodeFrame(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
