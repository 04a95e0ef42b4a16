/** Code, verbatim: always from left to right, scrolling in its own box, with a button that copies it. */
import { copier } from "./copying.ts";
import { h, icon, type Child } from "./dom.ts";

export interface CodeWords {
  readonly code?: string;
  readonly copy: string;
  readonly copied: string;
  readonly notCopied?: string;
}

export function codeBox(text: string, language: string, words: CodeWords, cites: readonly Child[] = []): HTMLElement {
  const label = h("span", { role: "status" }, words.copy);
  const button = h(
    "button",
    { type: "button", class: "quiet", part: "copy", "data-kind": "copy" },
    icon("copy"),
    label,
  );
  copier(
    button,
    () => text,
    (outcome) => (label.textContent = (outcome && words[outcome]) || words.copy),
  );
  const bar = h("div", { class: "bar" }, h("span", {}, h("bdi", {}, language), ...cites), button);
  const name = [words.code, language].filter(Boolean).join(": ");
  const pre = h("pre", { tabindex: "0", dir: "ltr", role: "group", "aria-label": name }, h("code", {}, text));
  return h("div", {}, h("div", { class: "code" }, bar, pre));
}
