/** The editor's text as it was told last, for those who show it elsewhere. */
export class LatestText {
  readonly #listeners = new Set<() => void>();
  #text = "";

  text = (): string => this.#text;

  set = (text: string): void => {
    this.#text = text;
    for (const listener of this.#listeners) listener();
  };

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
