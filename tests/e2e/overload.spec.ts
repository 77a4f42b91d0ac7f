import { expect, test } from "@playwright/test";
import { expectConverged, Pad } from "./pad.ts";

test("a bot with a small token bucket drains it, is slowed, and loses nothing", async ({ context }) => {
  const bot = await Pad.create(context, "walker");
  const reader = await Pad.open(context, bot.path);
  await bot.type("before ");
  await expect.poll(() => reader.text()).toBe("before ");
  const panel = await bot.drawer("network");
  await expect(panel.getByTestId("room-strip")).toContainText("Clients2");
  const own = panel.getByTestId("network-row").filter({ hasText: "this tab" });
  const gauge = own.getByTestId("bucket");
  await own.getByRole("button", { name: /^Overload/ }).click();
  await expect(gauge).toContainText("of 40, 20/s back");
  await own.getByRole("button", { name: /^Let a bot type/ }).click();
  // Drained, and behind: more was typed than the server has.
  await expect(gauge).toContainText("empty: not read for");
  await expect(own.getByTestId("bot-progress")).toContainText("not saved yet");
  await expect.poll(async () => (await bot.status()).unsaved).toBeGreaterThan(200);
  await bot.testId("status-chip").click();
  await expect(bot.testId("own-fault")).toContainText("reads only 20 messages a second from this tab");
  await bot.testId("status-chip").click();
  await own.getByRole("button", { name: "Stop the bot" }).click();
  await expect(own.getByTestId("bot-progress")).toContainText("all saved", { timeout: 20_000 });
  const text = await bot.text();
  expect(text.length).toBeGreaterThan(200);
  await expectConverged([bot, reader], (both) => expect(both).toBe(text));
  await panel.getByTestId("heal-everything").click();
  await expect(gauge).toContainText("of 40,000");
});
