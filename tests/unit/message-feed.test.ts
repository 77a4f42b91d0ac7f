import { describe, expect, it } from "vitest";
import { MessageFeed, NO_MESSAGES } from "../../app/_client/message-feed.ts";

describe("MessageFeed", () => {
  it("is watched from the first that listens to the last that ends, and forgets then what it was told", () => {
    const asked: boolean[] = [];
    const feed = new MessageFeed((isWatched) => asked.push(isWatched));
    let heard = 0;
    const stops = [feed.subscribe(() => heard++), feed.subscribe(() => heard++)];
    const told = { links: [], nodes: [], heardMs: 5 };
    feed.take(told);
    expect([heard, feed.state(), asked]).toEqual([2, told, [true]]);
    stops[0]!();
    stops[0]!();
    expect(asked).toEqual([true]);
    stops[1]!();
    expect([feed.state(), asked]).toEqual([NO_MESSAGES, [true, false]]);
  });
});
