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

it("the tests that are named beside each promise and each hostile input are there", () => {
  const tests = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const named = [...tests.matchAll(/`(tests\/[^:`]+\.(?:test|spec)\.ts): ([^`]+)`/g)];
  expect(named.length).toBeGreaterThan(40);
  for (const [whole, path = "", title = ""] of named) {
    const lines = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8").split("\n");
    // In a string, at the end of which a test begins.
    const isThere = lines.some((line) => line.includes(title) && /^\s*(?:it|test|describe|\]|\)|["`])/.test(line) && /["`]/.test(line));
    expect(isThere, whole).toBe(true);
  }
});

it("each line that the README promises has its tests", () => {
  const promises = text.slice(text.indexOf("## What is promised"), text.indexOf("## What is not")).match(/^- \*\*/gm) ?? [];
  const tests = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const table = tests.slice(tests.indexOf("## What is promised"), tests.indexOf("### What breaks"));
  expect(promises.length).toBe(10);
  expect(table.match(/^\|.*`tests\//gm)).toHaveLength(promises.length);
});

it("the README's commands are scripts that exist", () => {
  const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const [, script = ""] of text.matchAll(/npm (?:run )?([a-z]+)/g)) expect(Object.keys(scripts), script).toContain(script);
});
