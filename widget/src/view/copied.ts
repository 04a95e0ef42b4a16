/** A whole answer for the clipboard: its words with numbers, then its sources as numbered links. */
import type { Turn } from "../wire/conversation.ts";
import type { Block, Line } from "../generated/protocol.ts";
import { safeUrl } from "./dom.ts";
import { blockText } from "./plain.ts";
import type { AnswerWords } from "./words/answering/en.ts";

const numbers = (cites: readonly number[] | undefined): string => (cites ?? []).map((n) => ` [${n}]`).join("");

export function answerText(turn: Turn, words: AnswerWords, base: string): string {
  return turn.pieces
    .map(({ block }) => blockCopied(block, words, base))
    .filter((text) => text !== "")
    .join("\n\n");
}

function blockCopied(block: Block, words: AnswerWords, base: string): string {
  const line = ({ text, cites }: Line): string => text + numbers(cites);
  switch (block.kind) {
    case "text":
      return block.lines.map(line).join(" ");
    case "list":
      return block.items
        .map((item, at) => `${block.ordered ? `${(block.start ?? 1) + at}.` : "-"} ${line(item)}`)
        .join("\n");
    case "table":
      // Tabs between cells: it becomes a table again where it is pasted into a sheet.
      return [block.header, ...block.rows].map((row) => row.join("\t")).join("\n") + numbers(block.cites);
    case "sources":
      return [`${words.sources}:`]
        .concat(
          block.citations.map(({ n, title, heading, url }) =>
            [`[${n}] ${[title, heading].filter(Boolean).join(", ")}`, safeUrl(url, base)].filter(Boolean).join(": "),
          ),
        )
        .join("\n");
    case "pages":
      return block.pages.map(({ title, url }) => [title, safeUrl(url, base)].filter(Boolean).join(": ")).join("\n");
    // What was offered or asked is no part of the answer.
    case "choices":
    case "slots":
    case "form":
      return "";
    default:
      return blockText(block);
  }
}
