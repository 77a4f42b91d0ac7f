import { FUGUE } from "../textbook/fugue.ts";
import { textbookStrategy } from "./textbook-strategy.ts";

export const fugueStrategy = textbookStrategy("fugue", "Weidner and Kleppmann, The Art of the Fugue, arXiv 2305.00583", FUGUE);
