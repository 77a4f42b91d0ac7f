import type { Metadata } from "next";
import { BesideClient } from "../_beside/beside-client.tsx";
import styles from "../_beside/beside.module.css";
import { PageBar } from "../_ui/page-bar.tsx";

export const metadata: Metadata = { title: "AP beside CP · Riftpad" };

/** An available and a consistent note, written by the same bots through the same cut. */
export default function BesidePage() {
  return (
    <>
      <PageBar current="AP | CP" />
      <main className={styles.page}>
        <h1>The same cut: an available note beside a consistent one</h1>
        <p className={styles.intro}>
          Two bots type the same keys into two real notes on this server. You cut the network between its nodes, for both notes at once, and
          heal it. One strategy goes on and mends afterwards; the other refuses and keeps drafts.
        </p>
        <BesideClient />
      </main>
    </>
  );
}
