/** Draws an article's body from data: nothing here parses markup. */
import { codeBox } from "../view/code.ts";
import { h, link, safeUrl, type Child } from "../view/dom.ts";
import type { ReadingWords } from "./words/reading/en.ts";
import type { Cell, Piece, Span } from "./article-shapes.ts";

export interface Desk {
  readonly more: ReadingWords;
  /** The article's own address: what it links to is meant from there. */
  readonly base: string;
  /** Opens another article, or another place of this one, in the panel. */
  open(article: string, anchor: string): void;
}

export const pieces = (body: readonly Piece[], desk: Desk): readonly HTMLElement[] =>
  body.map((piece) => drawn(piece, desk));

function drawn(piece: Piece, desk: Desk): HTMLElement {
  switch (piece.kind) {
    case "heading":
      // The article's title is the view's own heading.
      return h(piece.level > 2 ? "h4" : "h3", { tabindex: "-1", "data-anchor": piece.anchor }, piece.text);
    case "text":
      return h("p", {}, ...spans(piece.spans, desk));
    case "list":
      return h(
        piece.ordered ? "ol" : "ul",
        { start: piece.ordered && piece.start !== 1 && piece.start },
        ...piece.items.map((item) => h("li", {}, ...spans(item.spans, desk), ...pieces(item.body, desk))),
      );
    case "table":
      return table(piece.header, piece.rows, desk);
    case "code":
      return codeBox(piece.text, piece.language, desk.more);
    case "note":
      return h("div", { class: "note", role: "note" }, ...pieces(piece.body, desk));
  }
}

function spans(all: readonly Span[], desk: Desk): readonly Child[] {
  return all.map((span) => {
    let words: Node | string = span.text;
    if (span.code) words = h("code", {}, words);
    if (span.bold) words = h("strong", {}, words);
    if (span.italic) words = h("em", {}, words);
    if (span.article !== "") {
      const click = (event: Event): void => {
        event.preventDefault();
        // The host page's router has no business with it.
        event.stopPropagation();
        desk.open(span.article, span.anchor);
      };
      return h("a", { href: `#${span.anchor}`, part: "article-link", click }, words);
    }
    const href = span.href === "" ? null : safeUrl(span.href, desk.base);
    return href === null ? words : link(href, {}, words);
  });
}

function table(header: readonly Cell[], rows: readonly (readonly Cell[])[], desk: Desk): HTMLElement {
  const cells = (tag: "th" | "td", all: readonly Cell[]): HTMLElement =>
    h("tr", {}, ...all.map((cell) => h(tag, { scope: tag === "th" && "col" }, ...spans(cell, desk))));
  const name = header.map((cell) => cell.map(({ text }) => text).join("")).join(", ");
  return h(
    "div",
    { class: "wide", tabindex: "0", role: "group", "aria-label": name },
    h("table", {}, h("thead", {}, cells("th", header)), h("tbody", {}, ...rows.map((row) => cells("td", row)))),
  );
}
