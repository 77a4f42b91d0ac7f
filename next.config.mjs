import { existsSync } from "node:fs";

/** Made before a build (server/cli/scripts/run.mjs); without it the whole package serves. */
const SLIM_FFLATE = "./node_modules/.cache/riftpad/fflate.mjs";

/** @type {import("next").NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // The types gate checks the whole repository, the tests included; a start need not wait for it.
  typescript: { ignoreBuildErrors: true },
  ...(existsSync(new URL(SLIM_FFLATE, import.meta.url)) ? { turbopack: { resolveAlias: { fflate: SLIM_FFLATE } } } : {}),
};

export default config;
