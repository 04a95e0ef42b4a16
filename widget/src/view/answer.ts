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
import { h, icon, link, safeUrl } from "./dom.ts";
import { chip, chips, sentence } from "./lines.ts";
import { dateText, type FindCitation, type Stage } from "./stage.ts";

export function text(block: TextBlock, stage: Stage, find: FindCitation): HTMLElement {
  const lines = block.lines.flatMap((line) => [sentence(line, stage, find), " "]);
  return h("p", {}, ...lines.slice(0, -1));
}

export function list(block: ListBlock, stage: Stage, find: FindCitation): HTMLElement {
  const items = block.items.map((item) => h("li", {}, sentence(item, stage, find)));
  if (!block.ordered) return h("ul", {}, ...items);
  return h("ol", { start: block.start ?? 1 }, ...items);
}

const NUMERIC = /^[\s€$£%+\-–.,\d]*\d[\s€$£%+\-–.,\d]*(?:EUR|USD|GBP)?$/;

export function table(block: TableBlock, stage: Stage, find: FindCitation): HTMLElement {
  // A column of figures reads from the right.
  const isNumeric = block.header.map((_, at) => block.rows.every((row) => NUMERIC.test(row[at] ?? "")));
  const cell = (tag: "td" | "th", at: number, words: string): HTMLElement =>
    h(tag, { class: isNumeric[at] && "number", scope: tag === "th" && "col" }, words);
  const head = h("tr", {}, ...block.header.map((words, at) => cell("th", at, words)));
  const rows = block.rows.map((row) => h("tr", {}, ...row.map((words, at) => cell("td", at, words))));
  const grid = h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows));
  const scroller = h(
    "div",
    { class: "wide", tabindex: "0", role: "group", "aria-label": block.header.join(", ") },
    grid,
  );
  return h("div", {}, scroller, chips(block.cites ?? [], stage, find));
}

export function code(block: CodeBlock, stage: Stage, find: FindCitation): HTMLElement {
  const { words } = stage;
  const label = h("span", {}, words.copy);
  const copy = h(
    "button",
    { type: "button", class: "quiet", part: "copy", "data-kind": "copy", click: () => void copied() },
    icon("copy"),
    label,
  );
  const copied = async (): Promise<void> => {
    await navigator.clipboard.writeText(block.text);
    label.textContent = words.copied;
    setTimeout(() => (label.textContent = words.copy), 2000);
  };
  const cites = (block.cites ?? []).map((n) => chip(n, stage, find));
  const bar = h("div", { class: "bar" }, h("span", {}, block.language ?? "", ...cites), copy);
  const pre = h("pre", { tabindex: "0", dir: "ltr" }, h("code", {}, block.text));
  return h("div", {}, h("div", { class: "code" }, bar, pre));
}

export function sources(block: SourcesBlock, stage: Stage, find: FindCitation): HTMLElement {
  const rows = block.citations.map((citation) =>
    h("li", {}, chip(citation.n, stage, find), sourceLink(citation, stage)),
  );
  return h(
    "div",
    { role: "group", "aria-label": stage.words.sources },
    h("h3", { lang: stage.language }, stage.words.sources),
    h("ol", {}, ...rows),
  );
}

function sourceLink(citation: Citation, stage: Stage): HTMLElement {
  const updated = citation.updated ? dateText(citation.updated, stage.locale) : "";
  const body = [
    h("span", { class: "title" }, h("bdi", {}, citation.title)),
    h(
      "span",
      { class: "detail" },
      h("bdi", {}, citation.heading),
      citation.heading !== "" && updated !== "" && " · ",
      updated !== "" && h("bdi", { lang: stage.language }, updated),
    ),
  ];
  const href = safeUrl(citation.url, stage.base);
  return href === null ? h("span", { class: "row" }, ...body) : link(href, { class: "row" }, ...body);
}

export function pages(block: PagesBlock, stage: Stage): HTMLElement {
  const rows = block.pages.map((page) => {
    const href = safeUrl(page.url, stage.base);
    const body = [icon("page"), h("span", {}, h("bdi", {}, page.title)), icon("out")];
    return h("li", {}, href === null ? h("span", { class: "row" }, ...body) : link(href, { class: "row" }, ...body));
  });
  return h(
    "div",
    { role: "group", "aria-label": stage.words.nearest },
    h("h3", { lang: stage.language }, stage.words.nearest),
    h("ul", {}, ...rows),
  );
}
