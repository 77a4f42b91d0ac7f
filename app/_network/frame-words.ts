/** What frames are called, wherever they are shown one by one. Pure. */

const FRAME_TITLES: Readonly<Record<string, string>> = {
  numbered: "update",
  "sync-step-1": "sync question",
  "sync-step-2": "sync answer",
  ack: "receipt",
  awareness: "caret",
  "query-awareness": "question who is here",
};

/** What a frame is called to a reader. */
export function frameTitle(name: string): string {
  return FRAME_TITLES[name] ?? name;
}

const FRAME_SIGNS: Readonly<Record<string, string>> = {
  numbered: "+",
  update: "+",
  "sync-step-1": "?",
  "sync-step-2": "!",
  ack: "✓",
  awareness: "~",
};

/** One sign for a frame. */
export function frameSign(name: string): string {
  return FRAME_SIGNS[name] ?? "·";
}
