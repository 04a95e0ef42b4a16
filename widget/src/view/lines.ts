/** Words with numbered citation chips that open the source they come from. */
import type { Line } from "../generated/protocol.ts";
import { h, linked } from "./dom.ts";
import type { AnswerStage, FindCitation } from "./stage.ts";

export function chip(n: number, stage: AnswerStage, find: FindCitation): HTMLButtonElement {
  const button: HTMLButtonElement = h(
    "button",
    {
      type: "button",
      class: "cite",
      part: "citation",
      "data-kind": "citation",
      "data-n": n,
      "aria-label": stage.answer.source(n),
      "aria-haspopup": "dialog",
      pointerenter: (event) => (event as PointerEvent).pointerType === "mouse" && show("peek"),
      pointerleave: () => stage.source.leave(),
      focus: () => button.matches(":focus-visible") && show("peek"),
      blur: () => stage.source.leave(),
      click: () => show("pin"),
    },
    String(n),
  );
  const show = (how: "peek" | "pin"): void => {
    const citation = find(n);
    if (citation !== undefined) stage.source[how](button, citation);
  };
  return button;
}

/** A sentence and its chips; the last word never parts from the first chip. */
export function sentence(line: Line, stage: AnswerStage, find: FindCitation): HTMLSpanElement {
  const span = h("span", { class: "line" });
  const cites = line.cites ?? [];
  const cut = line.text.trimEnd().lastIndexOf(" ") + 1;
  const last = line.text.slice(cut);
  if (cites.length === 0 || last.length > 24) {
    span.append(...linked(line.text), ...cites.map((n) => chip(n, stage, find)));
  } else {
    const tail = h("span", { class: "nowrap" }, ...linked(last), ...cites.map((n) => chip(n, stage, find)));
    span.append(...linked(line.text.slice(0, cut)), tail);
  }
  return span;
}

export function chips(cites: readonly number[], stage: AnswerStage, find: FindCitation): HTMLElement | null {
  return cites.length === 0
    ? null
    : h("p", { class: "cites" }, stage.answer.from, ...cites.map((n) => chip(n, stage, find)));
}
