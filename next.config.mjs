import { existsSync } from "node:fs";

/** Made before a build (server/cli/scripts/run.mjs); without them the whole packages serve. */
const SLIM = "./node_modules/.cache/riftpad";
const ALIASES = {
  "@codemirror/commands": "editor",
  "@codemirror/language": "grammar",
  "@codemirror/state": "editor",
  "@codemirror/view": "editor",
  "@lezer/highlight": "grammar",
  "@lezer/markdown": "grammar",
  codemirror: "stock",
  "y-codemirror.next": "stock",
};
const isMade = [...new Set(Object.values(ALIASES))].every((name) => existsSync(new URL(`${SLIM}/${name}.mjs`, import.meta.url)));

/** @type {import("next").NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // The types gate checks the whole repository, the tests included; a start need not wait for it.
  typescript: { ignoreBuildErrors: true },
  ...(isMade
    ? { turbopack: { resolveAlias: Object.fromEntries(Object.entries(ALIASES).map(([name, file]) => [name, `${SLIM}/${file}.mjs`])) } }
    : {}),
};

export default config;
