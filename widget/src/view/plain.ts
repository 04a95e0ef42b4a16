/** A turn as plain words: what a screen reader is told once, and what the downloaded transcript holds. */
import type { Entry } from "../wire/conversation.ts";
import type { Block } from "../generated/protocol.ts";
import type { Language } from "../i18n/index.ts";

/** What a block says; sources and nearest pages only by title, since the words before them carry the answer. */
export function blockText(block: Block): string {
  switch (block.kind) {
    case "text":
      return block.lines.map((line) => line.text).join(" ");
    case "list":
      return block.items
        .map((item, at) => `${block.ordered ? `${(block.start ?? 1) + at}.` : "-"} ${item.text}`)
        .join("\n");
    case "table":
      return [block.header, ...block.rows].map((row) => row.join(", ")).join("\n");
    case "code":
      return block.text;
    case "sources":
      return block.citations.map((one) => `[${one.n}] ${one.title}, ${one.heading}: ${one.url}`).join("\n");
    case "pages":
      return block.pages.map((page) => `${page.title}: ${page.url}`).join("\n");
    case "choices":
      return block.text || block.choices.map(({ label }) => label).join(", ");
    case "slots":
    case "form":
      return block.text;
    case "meeting":
      return `${block.title}, ${block.when}`;
    case "trial":
    case "handoff":
      return block.text;
    case "cart":
      return [...block.items.map((item) => `${item.quantity} × ${item.plan}: ${item.total}`), block.total].join("\n");
  }
}

/** A whole answer for the live region. Sources are counted out: they can be read at their place. */
export function spoken(entry: Entry, words: Language): string {
  if (entry.kind === "turn")
    return entry.pieces
      .filter(({ block }) => block.kind !== "sources")
      .map(({ block }) => blockText(block))
      .join("\n");
  const { author, name, text } = entry.message;
  return author === "person" ? words.saidBy(name ?? words.personAuthor, text) : text;
}
