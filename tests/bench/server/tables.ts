/** The tables: which figure of which case stands where, what is wanted of ours, and how ours stands beside each peer. */

import type { Summary } from "./summary.ts";

export interface Row {
  readonly title: string;
  readonly case: string;
  readonly figure: string;
  /** At most this is wanted of ours; missing: nothing in particular. */
  readonly wanted?: number;
  /** What the figure is multiplied with to be in the title's unit. */
  readonly scale?: number;
  /** Whether a ratio says something. */
  readonly isCount?: boolean;
}

export interface Table {
  readonly title: string;
  readonly rows: readonly Row[];
}

const fanOutRows = (suffix: string, wanted: readonly (number | undefined)[]): Row[] =>
  [10, 50, 200].map((count, n) => ({
    title: `${count} clients`,
    case: `fan-out-${count}${suffix}`,
    figure: "cpuUs",
    ...(wanted[n] === undefined ? {} : { wanted: wanted[n] }),
  }));
const KB = 1 / 1_000;

export const TABLES: readonly Table[] = [
  {
    title:
      "Fan-out: server CPU microseconds per delivered 25-byte update (closed loop, one room, 4 writers, each with 16 updates on their way)",
    rows: fanOutRows("", [4, 1, 0.4]),
  },
  { title: "The same with one update of each writer on its way, so that at most four can share a frame", rows: fanOutRows("-slow", []) },
  {
    title: "Latency: 50 clients in one room, 200 updates a second",
    rows: [
      { title: "p50, ms", case: "latency", figure: "p50", wanted: 1 },
      { title: "p99, ms", case: "latency", figure: "p99" },
      { title: "CPU for that, % of a core", case: "latency", figure: "busy" },
    ],
  },
  {
    title: "Many rooms, two clients each, 5 updates a second from each",
    rows: [
      { title: "100 rooms: CPU for that, % of a core", case: "rooms-100", figure: "busy" },
      { title: "p50, ms", case: "rooms-100", figure: "p50" },
      { title: "p99, ms", case: "rooms-100", figure: "p99" },
      { title: "1,000 rooms: CPU for that, % of a core", case: "rooms-1000", figure: "busy", wanted: 40 },
      { title: "p50, ms", case: "rooms-1000", figure: "p50", wanted: 2 },
      { title: "p99, ms", case: "rooms-1000", figure: "p99", wanted: 30 },
      { title: "RSS, MB", case: "rooms-1000", figure: "rssMb", wanted: 130 },
    ],
  },
  {
    title: "Connections and rooms",
    rows: [
      { title: "1,000 clients at once, 100 KB: all in sync, s", case: "storm", figure: "wallMs", scale: 1 / 1_000 },
      { title: "server CPU for that, s", case: "storm", figure: "cpuMs", scale: 1 / 1_000, wanted: 0.5 },
      { title: "idle connection, KB", case: "idle", figure: "bytesEach", scale: KB, wanted: 12 },
      { title: "idle connection with its own room, KB", case: "idle-alone", figure: "bytesEach", scale: KB, wanted: 18 },
      { title: "20,000 rooms opened and left: still held after 10 s, MB", case: "rooms-left", figure: "grownMb", wanted: 60 },
      { title: "CPU for each of them, microseconds", case: "rooms-left", figure: "cpuUsEach" },
    ],
  },
  {
    title: "A room of two with 50 updates a second, beside one that four clients flood as fast as they can",
    rows: [
      { title: "p50, ms", case: "fairness", figure: "p50" },
      { title: "p99, ms", case: "fairness", figure: "p99", wanted: 100 },
      { title: "the longest, ms", case: "fairness", figure: "longest" },
      { title: "updates a second sent into the flooded room", case: "fairness", figure: "floodPerSecond", isCount: true },
    ],
  },
  {
    title: "What outlives the process",
    rows: [
      { title: "SIGKILL after 200 updates: lost", case: "kill", figure: "lost", isCount: true },
      { title: "acknowledged before it", case: "kill", figure: "acknowledged", isCount: true },
      { title: "acknowledged and lost", case: "kill", figure: "acknowledgedLost", wanted: 0, isCount: true },
      { title: "260,000 events after a restart: told *in sync*, ms", case: "cold-load", figure: "syncedMs" },
      { title: "bytes in it", case: "cold-load", figure: "syncedBytes", isCount: true },
      { title: "told so before the content came (1: yes)", case: "cold-load", figure: "isEarly", wanted: 0, isCount: true },
      { title: "content, ms", case: "cold-load", figure: "contentMs", wanted: 60 },
    ],
  },
  {
    title: "The longest that the event loop was held, ms on its core",
    rows: (["yjs", "walker"] as const)
      .flatMap((name) =>
        [
          ["written", "260,000 events written"],
          ["compacted", "compacted"],
          ["opened", "opened after a restart"],
          ["returned", "half of it asked for"],
          ["pasted", "a paste of 1 MB"],
          ["largest", "a paste of 8 MB, the largest that is taken"],
        ].map(([figure, title]) => loopRow(`${name}-${figure}`, `${name}: ${title}`)),
      )
      .concat(
        (["yjs", "walker", "fugue"] as const).map((name) => loopRow(`${name}-offline`, `${name}: 260,000 events come as one update`)),
        loopRow("lines", "lww-line: 60,000 lines are pasted"),
        loopRow("fugue-opened", "fugue: 260,000 events opened after a restart"),
        loopRow("lines-opened", "lww-line: 60,000 lines opened after a restart"),
        loopRow("storm", "1,000 clients at once, 100 KB"),
        loopRow("left", "all of them leave at once"),
        loopRow("bold", "yjs: the first bold word in 260,000 events"),
        loopRow("bold-opened", "yjs: that note opened after a restart"),
        {
          title: "the longest of all as it is exported, its waiting for a core included",
          case: "loop",
          figure: "exported",
        },
      ),
  },
];

function loopRow(figure: string, title: string): Row {
  return { title, case: "loop", figure, wanted: 20 };
}

export interface Column {
  readonly name: string;
  readonly title: string;
}

/**
 * A table in Markdown. Each cell: the figure; for a peer how many times ours it is; the share of the time that the
 * server waited for a core. Ours comes last, with what is wanted and whether it is met. Rows that nobody ran are left out.
 */
export function renderTable(table: Table, columns: readonly Column[], summaries: readonly Summary[]): string | null {
  const find = (server: string, { case: id }: Row): Summary | undefined =>
    summaries.find((summary) => summary.server === server && summary.case === id);
  const rows = table.rows.filter((row) => columns.some(({ name }) => find(name, row) !== undefined));
  if (rows.length === 0) return null;
  const peers = columns.filter(({ name }) => name !== "ours");
  const hasOurs = columns.length > peers.length;
  const head = ["", ...peers.map(({ title }) => title), ...(hasOurs ? ["**ours, durable**", "wanted"] : [])];
  const lines = rows.map((row) => {
    const ours = valueOf(find("ours", row), row);
    const cells = peers.map(({ name }) => peerCell(find(name, row), row, ours));
    return [
      row.title,
      ...cells,
      ...(hasOurs ? [ours === null ? "-" : `**${text(ours)}**${waited(find("ours", row))}`, verdict(row, ours)] : []),
    ];
  });
  return [`### ${table.title}`, "", line(head), line(head.map(() => "---")), ...lines.map(line)].join("\n");
}

/** How many times `ours` the peer's figure is: above 1, ours is the better. */
export function ratioText(peer: number, ours: number): string {
  if (ours <= 0 || peer <= 0) return "";
  const ratio = peer / ours;
  return `${ratio >= 10 ? Math.round(ratio) : Number(ratio.toPrecision(2))}x`;
}

export function verdict({ wanted }: Row, ours: number | null): string {
  if (wanted === undefined) return "";
  return `<= ${text(wanted)}${ours === null ? "" : ours <= wanted ? ", met" : ", **missed**"}`;
}

function peerCell(summary: Summary | undefined, row: Row, ours: number | null): string {
  const value = valueOf(summary, row);
  if (value === null) return "-";
  const ratio = row.isCount === true || ours === null ? "" : ratioText(value, ours);
  return `${text(value)}${ratio === "" ? "" : ` (${ratio})`}${waited(summary)}`;
}

function valueOf(summary: Summary | undefined, { figure, scale = 1 }: Row): number | null {
  const value = summary?.figures[figure];
  return value === undefined ? null : value * scale;
}

function waited(summary: Summary | undefined): string {
  return summary === undefined ? "" : ` · w${Math.round(summary.waitShare * 100)}`;
}

function text(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en");
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(Math.abs(value) >= 10 ? 3 : 2)));
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
