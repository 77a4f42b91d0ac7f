"use client";

import { type Ref, useState } from "react";
import { CATALOGUE } from "../../crdt/lab/catalogue.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import styles from "./source-bar.module.css";

const TAGS = [...new Set(CATALOGUE.flatMap(({ tags }) => tags))].sort();

export interface CatalogueListProps {
  readonly strategy: StrategyName;
  readonly searchRef?: Ref<HTMLInputElement>;
}

/** The scenarios, with a search through them. Each is a link that opens it, at its beginning. */
export function CatalogueList({ strategy, searchRef }: CatalogueListProps) {
  const [words, setWords] = useState("");
  const [tag, setTag] = useState("");
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = CATALOGUE.filter(({ id, title, lesson, tags }) => {
    const text = `${id} ${title} ${lesson} ${tags.join(" ")}`.toLowerCase();
    return (tag === "" || tags.includes(tag)) && wanted.every((word) => text.includes(word));
  });
  return (
    <>
      <div className={styles.filters}>
        <input
          ref={searchRef}
          type="search"
          aria-label="Search scenarios"
          placeholder="Search"
          value={words}
          onChange={({ target }) => setWords(target.value)}
        />
        <select aria-label="Tag" value={tag} onChange={({ target }) => setTag(target.value)}>
          <option value="">All tags</option>
          {TAGS.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </div>
      <p className={styles.tags} role="status">
        {found.length === 0 ? "No scenario is about all of this." : `${found.length} of ${CATALOGUE.length}`}
      </p>
      <ul className={styles.list} tabIndex={0} aria-label="Found scenarios">
        {found.map(({ id, title, lesson, tags }) => (
          <li key={id}>
            <a href={`/lab?scenario=${id}&strategy=${strategy}`}>{title}</a>
            <p>{lesson}</p>
            <p className={styles.tags}>{tags.join(" · ")}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
