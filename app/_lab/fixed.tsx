import type { ReactNode } from "react";
import styles from "./lab.module.css";

/** What changes the world: of the past it can be looked at only. Laid out as if it were not there. */
export function Fixed({ isPast, children }: { readonly isPast: boolean; readonly children: ReactNode }) {
  return (
    <fieldset className={styles.fixed} disabled={isPast}>
      {children}
    </fieldset>
  );
}
