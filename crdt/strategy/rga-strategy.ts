import { RGA } from "../textbook/rga.ts";
import { textbookStrategy } from "./textbook-strategy.ts";

export const rgaStrategy = textbookStrategy(
  "rga",
  "Roh et al., Replicated abstract data types, JPDC 2011; as a tree: Attiya et al., PODC 2016",
  RGA,
);
