/** Writing to the team, with what helps them to help: shown before it is sent, and each of it can be kept back. */
import { currentPage } from "../host/page.ts";
import { h, type Child } from "../view/dom.ts";
import type { Kit } from "./kit.ts";

let forms = 0;

export function contact(kit: Kit, words: string): readonly Child[] {
  const { more, stage, talk, data } = kit;
  if (words !== "") kit.draft = words;
  const id = `contact-${++forms}`;
  const input = h("textarea", {
    id,
    rows: 5,
    part: "contact-text",
    maxlength: talk.now.maxText,
    dir: "auto",
    "aria-required": "true",
    "aria-describedby": `${id}-error`,
    input: () => {
      kit.draft = input.value;
      if (error.textContent !== "") check();
    },
  });
  input.value = kit.draft;
  const error = h("p", { id: `${id}-error`, class: "error", part: "error", role: "alert" });
  const check = (): boolean => {
    const isEmpty = input.value.trim() === "";
    error.textContent = isEmpty ? more.needText : "";
    input.setAttribute("aria-invalid", String(isEmpty));
    return !isEmpty;
  };
  const page = currentPage();
  const along: readonly (readonly [string, string, string])[] = [
    ["page", more.page, [page.title, page.url].filter(Boolean).join(" · ")],
    ["version", more.version, data["appVersion"] ?? ""],
    ["error", more.lastError, kit.lastError?.() ?? ""],
  ];
  const boxes = along
    .filter(([, , value]) => value !== "")
    .map(([name, label, value]) =>
      h(
        "label",
        {},
        h("input", { type: "checkbox", name, value, checked: true, part: `along-${name}` }),
        h("span", {}, h("strong", {}, label), h("span", { class: "detail", dir: "auto" }, value)),
      ),
    );
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!check()) return input.focus();
    const told = new FormData(form);
    const given = (name: string): string => String(told.get(name) ?? "");
    kit.draft = "";
    kit.back();
    kit.chat();
    talk.contact(input.value.trim(), {
      page: told.has("page"),
      appVersion: given("version"),
      lastError: given("error"),
    });
  };
  const form: HTMLFormElement = h(
    "form",
    { class: "contact", part: "contact", novalidate: true, submit },
    h("label", { for: id, class: "asked" }, more.whatWrong),
    input,
    error,
    h("fieldset", { class: "along", part: "along" }, h("legend", {}, more.alongside), ...boxes),
    h("button", { type: "submit", class: "primary", part: "contact-send" }, more.sendIt),
    h("p", { class: "hint" }, more.answerHere),
    h("p", { class: "hint", dir: "auto" }, stage.privacy().text),
  );
  return [form];
}
