import { useId } from "react";
import type { EngineName } from "../../crdt/lab/meta-engines.ts";
import { ENGINE_TITLES } from "./engine-titles.ts";
import type { ScenarioChoice } from "./lab-source.ts";
import styles from "./scenario-choices.module.css";
import { useLab } from "./use-lab.ts";

/** What can be chosen of a scenario: the type under its metadata, and whether its guard is there. */
export function ScenarioChoices({ choice, isOver }: { readonly choice: ScenarioChoice; readonly isOver: boolean }) {
  const run = useLab();
  const { engines, engine, guard } = choice;
  const id = useId();
  if (engines.length === 0 && guard === null) return null;
  return (
    <div className={styles.choices}>
      {engine !== null && (
        <label className={styles.field}>
          <span>Held by</span>
          <select
            data-testid="lab-engine"
            value={engine}
            onChange={({ target }) => {
              const chosen = engines.find((each) => each === target.value);
              if (chosen !== undefined) run.chooseEngine(chosen);
            }}
          >
            {engines.map((name: EngineName) => (
              <option key={name} value={name}>
                {ENGINE_TITLES[name]}
              </option>
            ))}
          </select>
        </label>
      )}
      {guard !== null && (
        <>
          <button
            type="button"
            role="switch"
            aria-checked={guard.isOn}
            aria-describedby={id}
            className={styles.guard}
            data-testid="lab-guard"
            onClick={() => run.playOther(guard.other)}
          >
            <span className={styles.knob} aria-hidden="true" />
            {guard.title}: guard {guard.isOn ? "on" : "off"}
          </button>
          <p id={id} className={styles.hint}>
            The switch plays the same steps again, {guard.isOn ? "without" : "with"} it.
          </p>
          {isOver && (
            <dl className={styles.endings} data-testid="lab-endings">
              <dt>With the guard</dt>
              <dd>{guard.endings.on}</dd>
              <dt>Without it</dt>
              <dd>{guard.endings.off}</dd>
            </dl>
          )}
        </>
      )}
    </div>
  );
}
