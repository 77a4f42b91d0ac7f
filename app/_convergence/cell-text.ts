import type { Cell } from "./agreement.ts";

/** The cell in words, for a table. */
export function cellText(cell: Cell): string {
  switch (cell.kind) {
    case "same":
      return "same";
    case "ahead":
      return `ahead ${cell.has}`;
    case "behind":
      return `behind ${cell.lacks}`;
    case "concurrent":
      return `concurrent +${cell.has} −${cell.lacks}`;
    case "corrupt":
      return "CORRUPT";
    case "unreported":
      return "not reported";
  }
}
