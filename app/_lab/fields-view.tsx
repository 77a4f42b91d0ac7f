import type { Fields } from "../../crdt/lab/played.ts";
import styles from "./fields-view.module.css";

/** Metadata as one copy shows it: what was never set is left out. */
export function FieldsView({ fields, name }: { readonly fields: Fields; readonly name: string }) {
  const rows = rowsOf(fields);
  return (
    <dl className={styles.fields} data-testid={`fields-${name}`}>
      {rows.map(([title, value]) => (
        <div key={title} className={styles.row}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      {rows.length === 0 && (
        <div className={styles.row}>
          <dt>Metadata</dt>
          <dd>nothing yet</dd>
        </div>
      )}
    </dl>
  );
}

function rowsOf({ title, tags, views, votes, pins, isDeleted, lostEdits, lock }: Fields): (readonly [string, string])[] {
  const titles = typeof title === "string" ? [title] : title;
  return [
    ...(titles.some((each) => each !== "") ? [[titles.length > 1 ? "Titles" : "Title", titles.join(" | ")] as const] : []),
    ...(tags.length > 0 ? [["Tags", tags.join(", ")] as const] : []),
    ...(views === 0 ? [] : [["Views", String(views)] as const]),
    ...(votes === 0 ? [] : [["Votes", votes > 0 ? `+${votes}` : String(votes)] as const]),
    ...(pins.length > 0 ? [["Pinned", pins.join(" › ")] as const] : []),
    ...(isDeleted ? [["Note", "deleted"] as const] : []),
    ...(lostEdits > 0 ? [["Edits lost with it", String(lostEdits)] as const] : []),
    ...(lock === undefined ? [] : [["Lock", lock ?? "free"] as const]),
  ];
}
