import type { Metadata } from "next";
import { BenchLazy } from "../_bench/bench-lazy.tsx";
import manifest from "../../package.json";

export const metadata: Metadata = { title: "Bench · Riftpad" };

/** The engines, measured in the reader's own browser. */
export default function BenchPage() {
  return <BenchLazy versions={{ riftpad: manifest.version, yjs: manifest.dependencies.yjs }} />;
}
