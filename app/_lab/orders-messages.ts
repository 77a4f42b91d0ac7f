/** What the page and the worker say to each other about delivery orders. Plain data. */

/** A message that waits. */
export interface HeldView {
  readonly by: string;
  /** What its writer did: `A:7 edits: +"x"`; of what was on its way before, so much. */
  readonly words: string;
}

export interface EndingView {
  /** How many orders end like this. */
  readonly count: number;
  readonly text: string;
  /** Where several texts stand side by side. */
  readonly siblings: readonly string[];
  readonly isSettled: boolean;
  readonly refused: number;
  /** Different structures among them. */
  readonly structures: number;
  /** The first order that led here: indexes of the messages. */
  readonly order: readonly number[];
}

export type OrdersView =
  | { readonly state: "nothing" }
  | { readonly state: "trying"; readonly done: number; readonly total: number }
  | { readonly state: "stopped"; readonly done: number; readonly total: number }
  | {
      readonly state: "done";
      readonly messages: readonly HeldView[];
      readonly tried: number;
      readonly isExhaustive: boolean;
      readonly hasDuplicates: boolean;
      /** Whether the node orders, and writers answer it until all is settled. */
      readonly isOrdered: boolean;
      readonly isOneEnding: boolean;
      /** The most frequent first. */
      readonly endings: readonly EndingView[];
      /** How many endings there are beside those. */
      readonly more: number;
    };

/** What is there after each message of an order. */
export interface OrderSteps {
  readonly ending: number;
  readonly steps: readonly { readonly message: number; readonly text: string; readonly siblings: readonly string[] }[];
}
