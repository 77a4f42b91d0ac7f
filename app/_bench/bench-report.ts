/** What is downloaded: every repetition, and where and with what it was measured. */

import type { BenchRow } from "../../crdt/lab/bench/bench-run.ts";
import { COLUMNS, figureIn } from "./columns.ts";

export interface Machine {
  readonly browser: string;
  readonly userAgent: string;
  readonly cores: number | null;
  readonly memoryGb: number | null;
  readonly clockStepMs: number | null;
}

export interface Versions {
  readonly riftpad: string;
  readonly yjs: string;
}

/** Plain data, as it is written into the file. */
export function reportOf(rows: readonly BenchRow[], machine: Machine, versions: Versions, measuredAtMs: number) {
  return {
    format: "riftpad-bench",
    v: 1,
    measuredAt: new Date(measuredAtMs).toISOString(),
    machine,
    versions,
    method: "Engines in turn within each repetition, after warm-ups that do not count. Copies that differ give no number.",
    rows: rows.map((row) => ({
      ...row,
      workload: row.workload.id,
      title: row.workload.title,
      group: row.workload.group,
      figures: Object.fromEntries(
        COLUMNS.map((column) => {
          const figure = figureIn(column, row);
          return [column.id, figure === null ? null : { unit: column.unit, ...figure }];
        }),
      ),
    })),
  };
}

/** What this browser tells about itself. In the browser only. */
export function machineOf(clockStepMs: number | null): Machine {
  const { hardwareConcurrency, deviceMemory, userAgent, userAgentData } = navigator as Navigator & {
    readonly deviceMemory?: number;
    readonly userAgentData?: {
      readonly platform: string;
      readonly brands: readonly { readonly brand: string; readonly version: string }[];
    };
  };
  const brands = userAgentData?.brands.filter(({ brand }) => !/not.?a.?brand/i.test(brand)) ?? [];
  const brand = brands.find((each) => each.brand !== "Chromium") ?? brands[0];
  return {
    browser: brand === undefined ? userAgent : `${brand.brand} ${brand.version} on ${userAgentData?.platform ?? "?"}`,
    userAgent,
    cores: hardwareConcurrency ?? null,
    memoryGb: deviceMemory ?? null,
    clockStepMs,
  };
}
