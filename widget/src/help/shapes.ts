/** What the help API answers to the first view, checked once at the edge: what is odd in a list is left out. */
import { count, flag, list, record, some, text, words } from "./check.ts";

export interface Article {
  readonly id: string;
  readonly title: string;
  readonly section: string;
  readonly updated: string;
  readonly url: string;
}
export interface Hit extends Article {
  /** The best section of it, and where that stands. */
  readonly heading: string;
  readonly anchor: string;
  /** Marks count in UTF-16 units, as JavaScript does. */
  readonly snippet: { readonly text: string; readonly marks: readonly (readonly number[])[] };
}
export interface Found {
  readonly articles: readonly Hit[];
  readonly total: number;
}
export interface Group {
  readonly title: string;
  readonly articles: readonly Article[];
}
export interface News {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly at: string;
  readonly url: string;
  /** The id of the article that tells more; then there is no address. */
  readonly article: string;
  readonly is_new: boolean;
}
export interface Guide {
  readonly key: string;
  readonly title: string;
  readonly summary: string;
  readonly steps: number;
  readonly done: number;
}
export interface Home {
  readonly member: { readonly name: string; readonly plan: string } | null;
  readonly featured: readonly Article[];
  readonly groups: readonly Group[];
  readonly announcements: readonly News[];
  readonly guides: readonly Guide[];
}
export interface Past {
  readonly id: string;
  readonly title: string;
  readonly last: string;
  readonly at: string;
  readonly with_person: boolean;
  readonly is_open: boolean;
}

export const ARTICLE = { id: text, title: text, section: words, updated: words, url: words };
const article = record<Article>(ARTICLE);
const member = record<{ name: string; plan: string }>({ name: words, plan: words });

export const home = record<Home>({
  member: (value) => (value == null ? null : member(value)),
  featured: some(article),
  groups: some(record<Group>({ title: text, articles: list(article) })),
  announcements: some(
    record<News>({ id: text, title: text, text: words, at: words, url: words, article: words, is_new: flag }),
  ),
  guides: some(record<Guide>({ key: text, title: text, summary: words, steps: count, done: count })),
});
export const found = record<Found>({
  articles: list(
    record<Hit>({
      ...ARTICLE,
      heading: words,
      anchor: words,
      snippet: record({ text: words, marks: some(list(count)) }),
    }),
  ),
  total: count,
});
export const past = record<{ readonly conversations: readonly Past[] }>({
  conversations: list(
    record<Past>({ id: text, title: words, last: words, at: words, with_person: flag, is_open: flag }),
  ),
});
