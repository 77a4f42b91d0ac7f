/** The buttons for `markdown-commands.ts`, without the editor's code behind them. */
export const FORMAT_BUTTONS = [
  { id: "bold", label: "Bold", sign: "B" },
  { id: "italic", label: "Italic", sign: "I" },
  { id: "heading", label: "Heading", sign: "H" },
  { id: "list", label: "List", sign: "≡" },
  { id: "task", label: "Checklist", sign: "☑" },
  { id: "code", label: "Code", sign: "</>" },
] as const;

export type FormatId = (typeof FORMAT_BUTTONS)[number]["id"];
