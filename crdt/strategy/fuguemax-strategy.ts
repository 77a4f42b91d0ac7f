import { FUGUEMAX } from "../textbook/fuguemax.ts";
import { textbookStrategy } from "./textbook-strategy.ts";

export const fugueMaxStrategy = textbookStrategy(
  "fuguemax",
  "Weidner and Kleppmann, The Art of the Fugue, arXiv 2305.00583: FugueMax",
  FUGUEMAX,
);
