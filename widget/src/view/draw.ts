/** Draws any block; the compiler finds a kind that nobody draws. */
import type { Block } from "../generated/protocol.ts";
import * as answer from "./answer.ts";
import { choices } from "./choices.ts";
import type { DoingStage } from "./doing-stage.ts";
import { directionOf } from "../i18n/index.ts";
import { blockText } from "./plain.ts";
import { h } from "./dom.ts";
import { doingIn } from "./parts.ts";
import type { AnswerStage, Drawn, FindCitation } from "./stage.ts";

export function draw(block: Block, stage: AnswerStage, find: FindCitation): Drawn {
  let drawn: Drawn;
  try {
    drawn = pick(block, stage, find);
  } catch {
    // One odd block must not take the conversation with it.
    drawn = { element: h("p", { class: "hint" }, stage.answer.nothingDrawn) };
  }
  dress(drawn.element, block, stage);
  return drawn;
}

function dress(element: HTMLElement, block: Block, stage: AnswerStage): void {
  element.classList.add("block");
  element.setAttribute("part", "block");
  element.dataset["kind"] = block.kind;
  mark(element, block, stage.language);
  if ("state" in block) element.dataset["state"] = block.state;
}

type Drawing = (part: typeof import("./doing.ts"), stage: DoingStage) => Drawn;

/** A block of the part that may still be on its way; its words stand there where it can not be had. */
function later(block: Block, stage: AnswerStage, pick: Drawing): Drawn {
  return doingIn(stage.language).drawn(
    (part) => {
      stage.style(part.css);
      const drawn = pick(part, { ...stage, more: part.more });
      dress(drawn.element, block, stage);
      return drawn;
    },
    (again) => {
      const { partMissing, retry } = stage.answer;
      const button = h("button", { type: "button", class: "inline", part: "part-retry", click: again }, retry);
      const element = h(
        "div",
        {},
        h("p", { class: "plain" }, blockText(block)),
        h("p", { class: "hint" }, `${partMissing} `, button),
      );
      dress(element, block, stage);
      return element;
    },
  );
}

/** Words in another language than the panel's say so, and run in their own direction. */
function mark(element: HTMLElement, block: Block, panel: string): void {
  if (!block.lang || block.lang === panel) return;
  element.lang = block.lang;
  // Lists of pages keep the panel's order of things: their titles turn by themselves.
  if (block.kind !== "sources" && block.kind !== "pages") element.dir = directionOf(block.lang);
}

function pick(block: Block, stage: AnswerStage, find: FindCitation): Drawn {
  switch (block.kind) {
    case "text":
      return { element: answer.text(block, stage, find) };
    case "list":
      return { element: answer.list(block, stage, find) };
    case "table":
      return { element: answer.table(block, stage, find) };
    case "code":
      return { element: answer.code(block, stage, find) };
    case "sources":
      return { element: answer.sources(block, stage, find) };
    case "pages":
      return { element: answer.pages(block, stage) };
    case "choices":
      return choices(block, stage);
    case "slots":
      return later(block, stage, (part, on) => part.slots(block, on));
    case "form":
      return later(block, stage, (part, on) => part.form(block, on));
    case "meeting":
      return later(block, stage, (part, on) => ({ element: part.meeting(block, on) }));
    case "trial":
      return later(block, stage, (part, on) => part.trial(block, on));
    case "cart":
      return later(block, stage, (part, on) => ({ element: part.cart(block, on) }));
    case "handoff":
      return later(block, stage, (part, on) => ({ element: part.handoff(block, on) }));
    default:
      return never(block);
  }
}

function never(block: never): Drawn {
  throw new Error(`Nobody draws the block ${JSON.stringify(block)}.`);
}
