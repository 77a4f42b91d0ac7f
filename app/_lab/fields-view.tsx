import type { Fields } from "../../crdt/lab/played.ts";
import { fieldRows } from "./fields-words.ts";
import styles from "./fields-view.module.css";

/** Metadata as one copy shows it: what was never set is left out. */
export function FieldsView({ fields, name }: { readonly fields: Fields; readonly name: string }) {
  const rows = fieldRows(fields);
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
          <dd>empty</dd>
        </div>
      )}
    </dl>
  );
}
