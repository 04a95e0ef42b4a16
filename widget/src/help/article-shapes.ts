/** An article and a guide as data, checked once at the edge: blocks of kinds that nobody knows here are left out. */
import { count, flag, list, odd, record, some, text, words, type Check } from "./check.ts";
import { ARTICLE, type Article } from "./shapes.ts";

export interface Span {
  readonly text: string;
  readonly bold: boolean;
  readonly italic: boolean;
  readonly code: boolean;
  readonly href: string;
  /** The id of the article that it leads to, at `anchor` when it says one. */
  readonly article: string;
  readonly anchor: string;
}
export type Piece =
  | { readonly kind: "heading"; readonly level: number; readonly text: string; readonly anchor: string }
  | { readonly kind: "text"; readonly spans: readonly Span[] }
  | { readonly kind: "list"; readonly ordered: boolean; readonly start: number; readonly items: readonly Item[] }
  | { readonly kind: "table"; readonly header: readonly Cell[]; readonly rows: readonly (readonly Cell[])[] }
  | { readonly kind: "code"; readonly language: string; readonly text: string }
  | { readonly kind: "note"; readonly body: readonly Piece[] };
export type Cell = readonly Span[];
export interface Item {
  readonly spans: readonly Span[];
  readonly body: readonly Piece[];
}
export interface Reading extends Article {
  readonly body: readonly Piece[];
  readonly vote: string;
}
export interface Step {
  readonly key: string;
  readonly title: string;
  readonly body: readonly Piece[];
  readonly url: string;
  readonly article: string;
  readonly done: boolean;
}
export interface Guided {
  readonly title: string;
  readonly summary: string;
  readonly steps: readonly Step[];
}
const spans = some(
  record<Span>({ text, bold: flag, italic: flag, code: flag, href: words, article: words, anchor: words }),
);
const body: Check<readonly Piece[]> = (value) => some(piece)(value);

const PIECES: { readonly [K in Piece["kind"]]: Check<Extract<Piece, { kind: K }>> } = {
  heading: record({ kind: text as Check<"heading">, level: count, text, anchor: words }),
  text: record({ kind: text as Check<"text">, spans }),
  list: record({
    kind: text as Check<"list">,
    ordered: flag,
    start: (value) => (value == null ? 1 : count(value)),
    items: list(record<Item>({ spans, body })),
  }),
  table: record({ kind: text as Check<"table">, header: list(spans), rows: list(list(spans)) }),
  code: record({ kind: text as Check<"code">, language: words, text }),
  note: record({ kind: text as Check<"note">, body }),
};

function piece(value: unknown): Piece {
  const kind = (value as { readonly kind?: unknown } | null)?.kind;
  if (typeof kind !== "string" || !Object.hasOwn(PIECES, kind)) odd();
  return PIECES[kind as Piece["kind"]](value);
}

export const reading = record<Reading>({ ...ARTICLE, body, vote: words });
export const guided = record<Guided>({
  title: text,
  summary: words,
  steps: list(record<Step>({ key: text, title: text, body, url: words, article: words, done: flag })),
});
