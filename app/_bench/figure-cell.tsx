import styles from "./bench.module.css";
import { type Column, type DoneRow, figureIn, numberText } from "./columns.ts";

const [WIDTH, HEIGHT] = [36, 14];

/** The median; of times also a line of the repetitions, and p95 when it is pointed at or focused. */
export function FigureCell({ column, row }: { readonly column: Column; readonly row: DoneRow }) {
  const figure = figureIn(column, row);
  if (figure === null) return <td className={styles.absent}>{typeof column.absent === "string" ? column.absent : column.absent(row)}</td>;
  const { median, p95, min, max, repetitions } = figure;
  if (!column.isTimed) return <td data-column={column.id}>{numberText(median)}</td>;
  return (
    <td data-column={column.id}>
      <span className={styles.figure} tabIndex={0}>
        <Sparkline values={column.values(row) ?? []} />
        <span className={styles.median} data-median={median}>
          {numberText(median)}
        </span>
        <span className={styles.tip}>
          {" "}
          p95 {numberText(p95)} {column.unit}, {numberText(min)} to {numberText(max)} in {repetitions}{" "}
          {repetitions === 1 ? "repetition" : "repetitions"}
        </span>
      </span>
    </td>
  );
}

/** The repetitions in order, from zero to the largest. */
function Sparkline({ values }: { readonly values: readonly number[] }) {
  if (values.length < 2) return null;
  const max = Math.max(...values);
  const points = values.map((value, n) => {
    const x = (n / (values.length - 1)) * (WIDTH - 2) + 1;
    const y = HEIGHT - 1 - (max === 0 ? 0 : (value / max) * (HEIGHT - 2));
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg className={styles.spark} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <polyline points={points.join(" ")} fill="none" stroke="currentColor" />
    </svg>
  );
}
