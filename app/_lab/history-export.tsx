"use client";

import { useRef, useState } from "react";
import { download } from "./download.ts";
import type { HistoryFilter } from "./history-filter.ts";
import { pngOf } from "./picture-png.ts";
import { type SpaceTimePicture, spaceTimeSvg } from "./space-time-svg.ts";
import sourceStyles from "./source-bar.module.css";
import styles from "./history-panel.module.css";

export interface HistoryExportProps {
  /** What the diagram shows. */
  readonly picture: Omit<SpaceTimePicture, "theme" | "title">;
  readonly filter: HistoryFilter;
  /** Everything that the filter lets through, up to the moment in view. */
  readonly all: () => SpaceTimePicture["events"];
  /** The run's hash names the file. */
  readonly hash: string;
}

/** The diagram as a file: the stretch in view as a picture, or everything that is not filtered out as data. */
export function HistoryExport({ picture, filter, all, hash }: HistoryExportProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [said, setSaid] = useState("");
  const name = `riftpad-space-time-${hash.slice(0, 6)}`;
  const save = async (form: "svg" | "png" | "json"): Promise<void> => {
    if (menu.current !== null) menu.current.open = false;
    setSaid("");
    const { events, options } = picture;
    const title = `Riftpad, ${options.strategy}, seed ${options.seed}, run ${hash.slice(0, 12)}: ${events.length} events`;
    if (form === "json") {
      const { chosen, cone } = picture;
      const content = { v: 1, kind: "events", options, hash, filter, chosen: chosen?.n ?? null, cone, events: all() };
      download(`${name}.json`, `${JSON.stringify(content, null, 1)}\n`, "application/json");
    } else if (form === "svg") download(`${name}.svg`, spaceTimeSvg({ ...picture, theme: "auto", title }), "image/svg+xml");
    else {
      const theme = isDark() ? "dark" : "light";
      const png = await pngOf(spaceTimeSvg({ ...picture, theme, title }));
      if (png === null) setSaid("This browser cannot draw the diagram as PNG: save it as SVG instead.");
      else download(`${name}.png`, png);
    }
  };
  return (
    <div className={styles.export}>
      <details ref={menu} className={sourceStyles.menu}>
        <summary data-testid="history-export">Save diagram</summary>
        <div className={sourceStyles.items}>
          <button type="button" data-testid="history-svg" onClick={() => void save("svg")}>
            As shown, SVG
          </button>
          <button type="button" data-testid="history-png" onClick={() => void save("png")}>
            As shown, PNG
          </button>
          <button type="button" data-testid="history-json" onClick={() => void save("json")}>
            All events of the filter, JSON
          </button>
        </div>
      </details>
      <span role="status">{said}</span>
    </div>
  );
}

/** What the page looks like now. */
function isDark(): boolean {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === undefined ? window.matchMedia("(prefers-color-scheme: dark)").matches : chosen === "dark";
}
