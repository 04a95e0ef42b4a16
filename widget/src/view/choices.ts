/** Quick replies, and how whatever was asked closes when it takes no answer any more. */
import type { ChoicesBlock } from "../generated/protocol.ts";
import { h } from "./dom.ts";
import type { Drawn, Stage } from "./stage.ts";

const SKIP = "skip";

export function choices(block: ChoicesBlock, stage: Stage): Drawn {
  const { words } = stage;
  const pick = (value: string, label: string, className: string): HTMLElement =>
    h(
      "button",
      {
        type: "button",
        class: className,
        part: "choice",
        "data-value": value,
        click: () => (block.purpose === "starter" ? stage.say(label) : stage.choose(block.prompt, value, label)),
      },
      label,
    );
  const offered = block.choices
    .filter(({ value }) => value !== SKIP)
    .map(({ value, label }) => pick(value, label, "chip"));
  const row = h("div", { class: "chips", role: "group", "aria-label": block.text }, ...offered);
  if (block.purpose !== "question") return closing(block.text, row, stage);
  const why = h(
    "button",
    { type: "button", class: "chip plain", part: "why", click: () => stage.say(words.whySay) },
    words.why,
  );
  // Skipping is offered whether or not the playbook lists it, and is never as loud as an answer.
  const skip = pick(SKIP, block.choices.find(({ value }) => value === SKIP)?.label ?? words.skip, "chip plain");
  return closing(block.text, h("div", {}, row, h("div", { class: "chips aside" }, skip, why)), stage);
}

/** What was asked stays; what could be answered goes when it no longer can be. */
export function closing(text: string, controls: HTMLElement, stage: Stage): Drawn {
  const element = h("div", {}, text !== "" && h("p", {}, text), controls);
  return {
    element,
    update(_, isOpen) {
      const hadFocus = !isOpen && controls.matches(":focus-within");
      controls.hidden = !isOpen;
      if (hadFocus) stage.refocus();
      element.dataset["state"] = isOpen ? "open" : "closed";
    },
  };
}
