import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { README, strategyTable, tableIn } from "../support/strategy-table.ts";

const text = readFileSync(README, "utf8");

it("the README's strategy table is what the kernel computes today (else: npm run readme)", async () => {
  expect(tableIn(text)).toBe(await strategyTable());
});

it("the README names no file that is not there", () => {
  const named = [...text.matchAll(/\]\((?!https?:|#)([^)]+)\)|!\[[^\]]*\]\(([^)]+)\)/g)].map((match) => match[1] ?? match[2] ?? "");
  expect(named.length).toBeGreaterThan(3);
  for (const path of named) expect(existsSync(new URL(`../../${path}`, import.meta.url)), path).toBe(true);
});

it("the README's commands are scripts that exist", () => {
  const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const [, script = ""] of text.matchAll(/npm (?:run )?([a-z]+)/g)) expect(Object.keys(scripts), script).toContain(script);
});
