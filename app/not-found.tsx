import styles from "./_ui/message-page.module.css";

export default function NotFound() {
  return (
    <main className={styles.page}>
      <h1>Nothing has this address</h1>
      <p>Note addresses hold 1 to 64 letters, digits, hyphens and underscores.</p>
      <p>
        <a href="/notes/welcome">Open the first note</a> · <a href="/compare">Compare strategies</a>
      </p>
    </main>
  );
}
