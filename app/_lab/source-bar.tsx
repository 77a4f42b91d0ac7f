"use client";

import dynamic from "next/dynamic";
import { Fragment, memo, useRef, useState } from "react";
import { CompareLink } from "./compare-link.tsx";
import { download } from "./download.ts";
import type { LabFrame } from "./lab-messages.ts";
import type { SourceView } from "./lab-source.ts";
import { timeText } from "./lab-words.ts";
import { ScenarioChoices } from "./scenario-choices.tsx";
import { WithWords } from "../_learn/with-words.tsx";
import styles from "./source-bar.module.css";
import { useLab } from "./use-lab.ts";

const CatalogueDialog = dynamic(() => import("./catalogue-dialog.tsx").then(({ CatalogueDialog: component }) => component), { ssr: false });
/** What every program passes on whole. */
const LINK_LENGTH_GOOD = 2_000;

const EXPORTS = [
  { form: "session", title: "JSON", ending: ".session.json" },
  { form: "vitest", title: "Vitest test", ending: ".test.ts" },
  { form: "mermaid", title: "Mermaid sequence", ending: ".mmd" },
  { form: "report", title: "Bug report", ending: ".report.json" },
] as const;
type Form = (typeof EXPORTS)[number]["form"];

export interface SourceBarProps {
  readonly source: SourceView | null;
  readonly frame: LabFrame;
  /** Shows the scenarios beside the world; null: there is no room for that. */
  readonly onRail: (() => void) | null;
}

/** Where the run comes from, and ways to take it elsewhere: a link, a file, a test, a diagram. */
export const SourceBar = memo(function SourceBar({ source, frame, onRail }: SourceBarProps) {
  const run = useLab();
  const menu = useRef<HTMLDetailsElement>(null);
  const [isListed, setListed] = useState(false);
  const [said, setSaid] = useState("");
  const [link, setLink] = useState("");

  const share = async (): Promise<void> => {
    const fragment = await run.ask("fragment");
    if (fragment === null) {
      setLink("");
      setSaid("This run is too long for a link. Save it as a session file under Export, and pass that on.");
      return;
    }
    const url = `${window.location.origin}/lab#s=${fragment}`;
    setLink(url);
    const isLong = url.length > LINK_LENGTH_GOOD;
    const length = isLong ? ` It has ${url.length} characters: where a program cuts it off, pass a session file on instead.` : "";
    const isCopied = await copy(url);
    setSaid(`${isCopied ? "The link is copied." : "Copy the link from here."}${length}`);
  };
  const textOf = async (form: Form): Promise<string | null> => {
    if (menu.current !== null) menu.current.open = false;
    return form === "session" ? await run.save() : await run.ask(form);
  };
  const save = async (form: Form, ending: string): Promise<void> => {
    const text = await textOf(form);
    if (text !== null) download(`riftpad-run-${frame.hash.slice(0, 6)}${ending}`, text);
  };
  const put = async (form: Form, title: string): Promise<void> => {
    const text = await textOf(form);
    if (text !== null) setSaid((await copy(text)) ? `Copied: ${title}.` : "Not copied: the browser forbids it. Download it instead.");
  };

  return (
    <section className={styles.bar} aria-label="This run" data-region>
      <div className={styles.row}>
        {source !== null && (
          <h2 className={styles.title} data-testid="source-title">
            {source.title}
          </h2>
        )}
        <span className={styles.space} />
        <button type="button" data-testid="lab-scenarios" onClick={onRail ?? (() => setListed(true))}>
          Scenarios
        </button>
        <CompareLink />
        <button type="button" data-testid="lab-share" onClick={() => void share()}>
          Share
        </button>
        <details ref={menu} className={styles.menu}>
          <summary data-testid="lab-export">Export</summary>
          <div className={styles.items}>
            {EXPORTS.map(({ form, title, ending }) => (
              <Fragment key={form}>
                <button type="button" data-testid={`copy-${form}`} onClick={() => void put(form, title)}>
                  Copy as {title}
                </button>
                <button
                  type="button"
                  data-testid={`export-${form}`}
                  aria-label={`Download ${title}`}
                  onClick={() => void save(form, ending)}
                >
                  Download {ending}
                </button>
              </Fragment>
            ))}
          </div>
        </details>
      </div>
      {source !== null && <Source source={source} runHash={frame.hash} />}
      <p className={styles.said} role="status" hidden={said === ""}>
        {said}
      </p>
      {link !== "" && (
        <input
          className={styles.link}
          readOnly
          aria-label="Link to this run"
          data-testid="share-link"
          value={link}
          onFocus={({ target }) => target.select()}
        />
      )}
      {isListed && <CatalogueDialog strategy={frame.options.strategy} onClose={() => setListed(false)} />}
    </section>
  );
});

function Source({ source, runHash }: { readonly source: SourceView; readonly runHash: string }) {
  const { lesson, told, state, untilMs, hash } = source;
  return (
    <>
      <p className={styles.lesson} role={state === "refused" ? "alert" : undefined} data-testid="source-lesson">
        <WithWords text={lesson} />
      </p>
      {told.length > 0 && (
        <ul className={styles.told} data-testid="source-told">
          {told.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      {source.choice !== null && <ScenarioChoices choice={source.choice} isOver={state === "equal" || state === "differs"} />}
      {state !== "refused" && state !== "forked" && (
        <p className={styles.state} data-testid="source-state" data-state={state} role="status">
          {STATE_TEXTS[state]} {state === "ready" && `It takes ${timeText(untilMs)} of virtual time.`}
          {(state === "equal" || state === "differs") && (
            <>
              Expected: <code>{hash.slice(0, 12)}</code>.
              {state === "equal" && !runHash.startsWith(hash.slice(0, 12)) && " It has gone on since, to another hash."}
            </>
          )}
        </p>
      )}
    </>
  );
}

const STATE_TEXTS = {
  ready: "Nothing has happened yet: press Play.",
  running: "The run is on its way.",
  equal: "The run has finished, and its hash equals the expected one.",
  differs: "The run has finished, and its hash is not the expected one: somebody took a hand in it, or another version made it.",
} as const;

/** Returns whether the browser allowed it. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
