import { TERMS, termId } from "./terms.ts";
import styles from "./learn.module.css";

/** The field's words as this product uses them. */
export function Glossary() {
  return (
    <section aria-labelledby="glossary-title" id="glossary">
      <h2 id="glossary-title">Words</h2>
      <dl className={styles.glossary}>
        {TERMS.map(({ term, means }) => (
          <div key={term} id={termId(term)}>
            <dt>{term}</dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
