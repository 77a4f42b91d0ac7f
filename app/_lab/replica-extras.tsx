import type { ReplicaCardProps } from "./replica-card.tsx";
import { FieldsView } from "./fields-view.tsx";
import styles from "./replica-extras.module.css";
import { useLab } from "./use-lab.ts";

/** What a replica has besides its text: a draft that it kept, metadata, the node that it is on. */
export function ReplicaExtras({ frame, view, name }: Omit<ReplicaCardProps, "replica"> & { readonly name: string }) {
  const run = useLab();
  const { draft, fields, node, connection } = view;
  const isClosed = connection === "closed";
  if (draft === null && fields === null && frame.nodes.length === 1 && !isClosed) return null;
  return (
    <div className={styles.extras}>
      {isClosed && <p className={styles.line}>This tab is closed.</p>}
      {draft !== null && (
        <p className={styles.line} data-testid={`draft-${name}`}>
          Kept as a draft: <q className={styles.draft}>{draft}</q>
        </p>
      )}
      {fields !== null && <FieldsView fields={fields} name={name} />}
      {frame.nodes.length > 1 && (
        <label className={styles.home}>
          <span>On</span>
          <select
            value={node}
            data-testid={`home-${name}`}
            aria-label={`Node of replica ${name}`}
            onChange={({ target }) => run.act({ do: "step", step: { do: "move", by: name, to: `S${Number(target.value) + 1}` } })}
          >
            {frame.nodes.map((_, at) => (
              // Nodes have no other name than their place.
              <option key={`S${at + 1}`} value={at}>
                S{at + 1}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
