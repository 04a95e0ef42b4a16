/** One field of a form: says what is wrong at its place, and not before somebody tried to send it. */
import type { FormField } from "../generated/protocol.ts";
import { meant, wrongWith } from "./address.ts";
import type { DoingStage } from "./doing-stage.ts";
import { h } from "./dom.ts";

export interface Field {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  /** Whether it may be sent; shows what is wrong where not. */
  check(): boolean;
  show(problem: string): boolean;
}

export function fieldView(field: FormField, id: string, stage: DoingStage, typed = ""): Field {
  const { more } = stage;
  const isRequired = field.required ?? true;
  const isEmail = field.kind === "email";
  const input: HTMLInputElement = h("input", {
    id,
    name: field.name,
    part: "field",
    type: field.kind,
    value: field.value || typed,
    maxlength: isEmail ? 254 : 500,
    dir: isEmail ? "ltr" : "auto",
    "aria-required": isRequired && "true",
    "aria-describedby": `${id}-error ${id}-meant`,
    autocomplete: isEmail ? "email" : autocomplete(field.name),
    autocapitalize: isEmail && "none",
    spellcheck: isEmail && "false",
    // Not on blur: the message would push the button away from under the pointer that is pressing it.
    input: () => {
      if (input.getAttribute("aria-invalid") === "true") check();
      hint();
    },
  });
  const error = h("p", { id: `${id}-error`, class: "error", part: "error", role: "alert" });
  const perhaps = h("p", { id: `${id}-meant`, class: "meant", role: "status" });
  const show = (problem: string): boolean => {
    if (error.textContent !== problem) error.textContent = problem;
    input.setAttribute("aria-invalid", String(problem !== ""));
    return problem === "";
  };
  const hint = (): void => {
    const other = isEmail ? meant(input.value) : null;
    if ((perhaps.dataset["meant"] ?? "") === (other ?? "")) return;
    perhaps.dataset["meant"] = other ?? "";
    const take = (): void => {
      input.value = other ?? "";
      show("");
      hint();
      input.focus();
    };
    const button = h(
      "button",
      { type: "button", class: "inline", part: "meant", click: take },
      more.maybeMeant(other ?? ""),
    );
    perhaps.replaceChildren(...(other === null ? [] : [button]));
  };
  const check = (): boolean => {
    const value = input.value.trim();
    if (value === "") return show(isRequired ? more.needed(field.label) : "");
    const wrong = isEmail ? wrongWith(value) : null;
    return show(wrong === null ? "" : wrong === "at" ? more.badEmailAt : more.badEmailDomain);
  };
  if (field.error) show(field.error);
  hint();
  const optional = !isRequired && h("span", { class: "detail" }, ` ${more.optional}`);
  const label = h("label", { for: id }, field.label, optional);
  const element = h("div", { class: "field", "data-name": field.name }, label, input, error, perhaps);
  return { element, input, check, show };
}

function autocomplete(name: string): string {
  const known: Readonly<Record<string, string>> = { name: "name", company: "organization", phone: "tel" };
  return known[name] ?? "off";
}
