import { expect, test } from "@playwright/test";
import { Pad } from "./pad.ts";

test("[PR1] who is cut off stays where they were last heard, as a ghost with its age, and comes back with the heal", async ({
  context,
  request,
}) => {
  const ana = await Pad.create(context, "walker");
  const bo = await Pad.open(context, ana.path);
  await bo.type("here I am");
  const caret = ana.page.locator(".rp-caret");
  await expect(caret).toHaveCount(1);
  await expect(ana.page.locator(".rp-ghost")).toHaveCount(0);
  const glyph = ana.page.locator(`[data-replica="${await bo.replicaId()}"]`);
  await expect(glyph).toHaveAttribute("data-reach", "active");

  await request.put(`/control/links/${await bo.replicaId()}`, { data: { up: { cut: "reset" }, down: { cut: "reset" } } });
  await expect(glyph).toHaveAttribute("data-reach", "unreachable");
  await expect(glyph).toContainText(/last heard \d+ s ago/);
  await expect(ana.page.locator(".rp-flag.rp-ghost")).toHaveText(/, \d+ s ago/);
  // From the other side nobody is heard either.
  await expect(bo.page.locator(`[data-replica="${await ana.replicaId()}"]`)).toHaveAttribute("data-reach", "unreachable");

  await request.post("/control/heal", { data: {} });
  await expect(glyph).toHaveAttribute("data-reach", "active");
  await expect(ana.page.locator(".rp-ghost")).toHaveCount(0);
  await bo.page.close();
  await expect(glyph).toHaveCount(0);
  await expect(caret).toHaveCount(0);
});
