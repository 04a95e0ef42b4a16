/** Search as you type, as a value: words and answers go in, what is shown and what is active come out. */
import type { Found } from "./shapes.ts";

export interface Search {
  readonly query: string;
  /** What `found` answers; while it is another than `query` the answer is on its way. */
  readonly answered: string;
  readonly found: Found | null;
  readonly trouble: string | null;
  /** The option that arrows stand on; -1 is the field itself. */
  readonly active: number;
}

export const nothing: Search = { query: "", answered: "", found: null, trouble: null, active: -1 };
const LEAST = 2;

/** Worth asking: one letter finds everything. */
export const isAsking = ({ query }: Search): boolean => [...query].length >= LEAST;
export const isWaiting = (now: Search): boolean => isAsking(now) && now.answered !== now.query && now.trouble === null;

export function typed(now: Search, words: string): Search {
  const query = words.trim().replace(/\s+/g, " ").slice(0, 200);
  if (query === now.query) return now;
  const next = { ...now, query, trouble: null, active: -1 };
  // What was found stands until its successor arrives: nothing flickers.
  return isAsking(next) ? next : { ...nothing, query };
}

/** Only the answer to what stands in the field counts, however late another comes. */
export function came(now: Search, query: string, found: Found): Search {
  return query === now.query ? { ...now, answered: query, found, trouble: null, active: -1 } : now;
}

export function failed(now: Search, query: string, trouble: string): Search {
  return query === now.query ? { ...now, trouble, found: null, answered: "" } : now;
}

/** The articles, then asking the assistant the same, then writing to the team. */
export const options = ({ found }: Search): number => (found === null ? 0 : found.articles.length + 2);

/** Up and down go round, by way of the field. */
export function moved(now: Search, by: number): Search {
  const places = options(now) + 1;
  return places === 1 ? now : { ...now, active: ((now.active + 1 + by + places) % places) - 1 };
}

/** A text in stretches, marked and not; the marks are places in it, in order. */
export function cut(
  text: string,
  marks: readonly (readonly number[])[],
): readonly (readonly [text: string, isMarked: boolean])[] {
  const parts: [string, boolean][] = [];
  let at = 0;
  for (const [start = 0, end = 0] of marks)
    if (start >= at && end > start) {
      parts.push([text.slice(at, start), false], [text.slice(start, end), true]);
      at = end;
    }
  return [...parts, [text.slice(at), false] as const].filter(([words]) => words !== "");
}
