/** The blocks an answer is made of: text, lists, tables, code, sources, nearest pages. */
import type {
  Citation,
  CodeBlock,
  ListBlock,
  PagesBlock,
  SourcesBlock,
  TableBlock,
  TextBlock,
} from "../generated/protocol.ts";
import { codeBox } from "./code.ts";
import { h, icon, link, otherHost, safeUrl, type Child } from "./dom.ts";
import { chip, chips, sentence } from "./lines.ts";
import { dateText, type AnswerStage, type FindCitation } from "./stage.ts";

export function text(block: TextBlock, stage: AnswerStage, find: FindCitation): HTMLElement {
  const lines = block.lines.flatMap((line) => [sentence(line, stage, find), " "]);
  return h("p", {}, ...lines.slice(0, -1));
}

export function list(block: ListBlock, stage: AnswerStage, find: FindCitation): HTMLElement {
  const items = block.items.map((item) => h("li", {}, sentence(item, stage, find)));
  if (!block.ordered) return h("ul", {}, ...items);
  return h("ol", { start: block.start ?? 1 }, ...items);
}

const NUMERIC = /^[\s€$£%+\-–.,\d]*\d[\s€$£%+\-–.,\d]*(?:EUR|USD|GBP)?$/;

export function table(block: TableBlock, stage: AnswerStage, find: FindCitation): HTMLElement {
  // A column of figures reads from the right.
  const isNumeric = block.header.map((_, at) => block.rows.every((row) => NUMERIC.test(row[at] ?? "")));
  const cell = (tag: "td" | "th", at: number, words: string): HTMLElement =>
    h(tag, { class: isNumeric[at] && "number", scope: tag === "th" && "col" }, words);
  const head = h("tr", {}, ...block.header.map((words, at) => cell("th", at, words)));
  const rows = block.rows.map((row) => h("tr", {}, ...row.map((words, at) => cell("td", at, words))));
  const name = stage.answer.table(block.header.filter(Boolean).join(", "));
  const grid = h("table", {}, h("caption", { class: "sr" }, name), h("thead", {}, head), h("tbody", {}, ...rows));
  // It takes the focus, so that arrow keys scroll it.
  const scroller = h("div", { class: "wide", tabindex: "0", role: "group", "aria-label": name }, grid);
  return h("div", {}, scroller, chips(block.cites ?? [], stage, find));
}

export function code(block: CodeBlock, stage: AnswerStage, find: FindCitation): HTMLElement {
  const cites = (block.cites ?? []).map((n) => chip(n, stage, find));
  return codeBox(block.text, block.language ?? "", stage.answer, cites);
}

/** Each place once, with all the numbers of what is quoted from it. */
export function sources(block: SourcesBlock, stage: AnswerStage, find: FindCitation): HTMLElement {
  const places = new Map<string, [Citation, ...Citation[]]>();
  for (const citation of block.citations) {
    const place = JSON.stringify([citation.title, citation.heading, citation.updated, pageOf(citation.url)]);
    const same = places.get(place);
    if (same === undefined) places.set(place, [citation]);
    else same.push(citation);
  }
  const rows = [...places.values()].map((same) =>
    h(
      "li",
      {},
      h("span", { class: "numbers" }, ...same.map(({ n }) => chip(n, stage, find))),
      sourceLink(same[0], stage),
    ),
  );
  const { sources: title } = stage.answer;
  return h(
    "div",
    { role: "group", "aria-label": title },
    h("h3", { lang: stage.language }, title),
    h("ol", {}, ...rows),
  );
}

const pageOf = (url: string): string => url.split(":~:", 1)[0] ?? "";

function sourceLink(citation: Citation, stage: AnswerStage): HTMLElement {
  const { title, heading, url } = citation;
  const updated = citation.updated ? dateText(citation.updated, stage.locale) : "";
  const parts = [heading, otherHost(title, safeUrl(url, stage.base)), updated].filter((part) => part !== "");
  const detail = parts
    .flatMap((part) => [" · ", h("bdi", { lang: part === updated && stage.language }, part)])
    .slice(1);
  const body = [h("span", { class: "title" }, h("bdi", {}, title)), h("span", { class: "detail" }, ...detail)];
  return row(url, body, stage);
}

export function pages(block: PagesBlock, stage: AnswerStage): HTMLElement {
  const rows = block.pages.map(({ title, url }) => {
    const host = otherHost(title, safeUrl(url, stage.base));
    const name = h("span", {}, h("bdi", {}, title), host !== "" && h("span", { class: "detail" }, ` (${host})`));
    return h("li", {}, row(url, [icon("page"), name, icon("out")], stage));
  });
  const { nearest } = stage.answer;
  return h(
    "div",
    { role: "group", "aria-label": nearest },
    h("h3", { lang: stage.language }, nearest),
    h("ul", {}, ...rows),
  );
}

function row(url: string, body: readonly Child[], stage: AnswerStage): HTMLElement {
  const href = safeUrl(url, stage.base);
  return href === null ? h("span", { class: "row" }, ...body) : link(href, { class: "row" }, ...body);
}
