/** The larger blocks that wait for the visitor: free times, short forms. */
import type { FormBlock, FormField, Slot, SlotDay, SlotsBlock } from "../generated/protocol.ts";
import { written } from "../i18n/index.ts";
import { closing } from "./choices.ts";
import { h, link, safeUrl } from "./dom.ts";
import type { Drawn, Stage } from "./stage.ts";

export function slots(block: SlotsBlock, stage: Stage): Drawn {
  const { words } = stage;
  if (block.days.length === 0)
    return { element: h("div", {}, h("p", {}, block.text), h("p", { class: "hint" }, words.noSlots)) };
  const times = h("div", { class: "times" });
  const tabs = block.days.map((day) => dayButton(block, day, stage, () => showDay(day)));
  const showDay = (day: SlotDay): void => {
    block.days.forEach((one, at) => tabs[at]?.setAttribute("aria-pressed", String(one === day)));
    times.replaceChildren(
      h("h3", {}, day.label),
      h("div", { class: "grid" }, ...day.slots.map((slot) => slotButton(block, day, slot, stage))),
    );
  };
  showDay(block.days[0]!);
  const zone = h(
    "p",
    { class: "hint", part: "zone" },
    `${words.zone(block.zone_label)} · ${words.minutes(block.duration_minutes)}`,
  );
  const days = h("div", { class: "days", role: "group", "aria-label": words.otherDays }, ...tabs);
  return closing(block.text, h("div", { class: "card" }, days, times, zone), stage);
}

function dayButton(block: SlotsBlock, day: SlotDay, stage: Stage, click: () => void): HTMLElement {
  const date = new Date(`${day.date}T12:00:00Z`);
  const format = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(writtenIn(block, stage), { ...options, timeZone: "UTC" }).format(date);
  return h(
    "button",
    { type: "button", class: "day", part: "day", "data-date": day.date, click },
    h("span", {}, format({ weekday: "short" })),
    h("strong", {}, format({ day: "numeric" })),
    h("span", {}, format({ month: "short" })),
  );
}

function slotButton(block: SlotsBlock, day: SlotDay, slot: Slot, stage: Stage): HTMLElement {
  const said = stage.words.slotSaid(day.label, slot.label, block.zone_label);
  return h(
    "button",
    {
      type: "button",
      class: "slot",
      part: "slot",
      "data-value": slot.value,
      click: () => stage.choose(block.prompt, slot.value, said),
    },
    h("time", { datetime: slot.start }, slot.label),
  );
}

/** Days are named as the server named them, even where that is not the panel's language. */
function writtenIn(block: SlotsBlock, stage: Stage): string {
  return block.lang && block.lang !== stage.language ? written(block.lang) : stage.locale;
}

let forms = 0;

interface Field {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  check(): boolean;
}

export function form(block: FormBlock, stage: Stage): Drawn {
  forms += 1;
  const fields = block.fields.map((field) => fieldView(field, `form-${forms}-${field.name}`, stage));
  const submit = (event: Event): void => {
    event.preventDefault();
    const wrong = fields.filter((field) => !field.check());
    if (wrong.length > 0) wrong[0]?.input.focus();
    else stage.submit(block.prompt, Object.fromEntries(fields.map(({ input }) => [input.name, input.value.trim()])));
  };
  const { text, url } = stage.privacy();
  const href = url === null ? null : safeUrl(url, stage.base);
  const privacy = h("p", { class: "hint" }, text, " ", href !== null && link(href, {}, stage.words.readPrivacy));
  const button = h("button", { type: "submit", class: "primary", part: "submit" }, block.submit);
  const body = h(
    "form",
    { class: "card", novalidate: true, submit },
    ...fields.map((field) => field.element),
    button,
    privacy,
  );
  return closing(block.text, body, stage);
}

function fieldView(field: FormField, id: string, stage: Stage): Field {
  const { words } = stage;
  const isRequired = field.required ?? true;
  const input: HTMLInputElement = h("input", {
    id,
    name: field.name,
    type: field.kind,
    value: field.value ?? "",
    maxlength: 500,
    dir: field.kind === "email" ? "ltr" : "auto",
    "aria-required": isRequired && "true",
    "aria-describedby": `${id}-error`,
    autocomplete: field.kind === "email" ? "email" : autocomplete(field.name),
    // Not on blur: the message would push the button away from under the pointer that is pressing it.
    input: () => input.getAttribute("aria-invalid") === "true" && check(),
  });
  const error = h("p", { id: `${id}-error`, class: "error", part: "error", role: "alert" });
  const show = (problem: string): boolean => {
    if (error.textContent !== problem) error.textContent = problem;
    input.setAttribute("aria-invalid", String(problem !== ""));
    return problem === "";
  };
  const check = (): boolean => {
    const value = input.value.trim();
    if (value === "") return show(isRequired ? words.needed(field.label) : "");
    return show(field.kind === "email" && !/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(value) ? words.badEmail : "");
  };
  if (field.error) show(field.error);
  const label = h(
    "label",
    { for: id },
    field.label,
    !isRequired && h("span", { class: "detail" }, ` ${words.optional}`),
  );
  return { element: h("div", { class: "field", "data-name": field.name }, label, input, error), input, check };
}

function autocomplete(name: string): string {
  const known: Readonly<Record<string, string>> = { name: "name", company: "organization", phone: "tel" };
  return known[name] ?? "off";
}
