/** Draws any block; the compiler finds a kind that nobody draws. */
import type { Block } from "../generated/protocol.ts";
import * as answer from "./answer.ts";
import * as asking from "./asking.ts";
import { directionOf } from "../i18n/index.ts";
import { h } from "./dom.ts";
import * as outcome from "./outcome.ts";
import type { Drawn, FindCitation, Stage } from "./stage.ts";

export function draw(block: Block, stage: Stage, find: FindCitation): Drawn {
  let drawn: Drawn;
  try {
    drawn = pick(block, stage, find);
  } catch {
    // One odd block must not take the conversation with it.
    drawn = { element: h("p", { class: "hint" }, stage.words.nothingDrawn) };
  }
  drawn.element.classList.add("block");
  drawn.element.setAttribute("part", "block");
  drawn.element.dataset["kind"] = block.kind;
  mark(drawn.element, block, stage.language);
  if ("state" in block) drawn.element.dataset["state"] = block.state;
  return drawn;
}

/** Words in another language than the panel's say so, and run in their own direction. */
function mark(element: HTMLElement, block: Block, panel: string): void {
  if (!block.lang || block.lang === panel) return;
  element.lang = block.lang;
  // Lists of pages keep the panel's order of things: their titles turn by themselves.
  if (block.kind !== "sources" && block.kind !== "pages") element.dir = directionOf(block.lang);
}

function pick(block: Block, stage: Stage, find: FindCitation): Drawn {
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
      return asking.choices(block, stage);
    case "slots":
      return asking.slots(block, stage);
    case "form":
      return asking.form(block, stage);
    case "meeting":
      return { element: outcome.meeting(block, stage) };
    case "trial":
      return { element: outcome.trial(block, stage) };
    case "cart":
      return { element: outcome.cart(block, stage) };
    case "handoff":
      return { element: outcome.handoff(block, stage) };
    default:
      return never(block);
  }
}

function never(block: never): Drawn {
  throw new Error(`Nobody draws the block ${JSON.stringify(block)}.`);
}
