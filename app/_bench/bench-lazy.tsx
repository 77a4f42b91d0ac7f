"use client";

import dynamic from "next/dynamic";
import type { Versions } from "./bench-report.ts";

/** In the browser alone: what it says of the machine is not known to the server. */
const Bench = dynamic(() => import("./bench.tsx").then((module) => module.Bench), {
  ssr: false,
  loading: () => <p role="status">Opening the bench …</p>,
});

/** Loads the bench in the browser. */
export function BenchLazy({ versions }: { readonly versions: Versions }) {
  return <Bench versions={versions} />;
}
