/** Chooses the time zone in which times are told: a search field over all that the browser knows. */
import { h, set } from "./dom.ts";
import type { DoingStage } from "./doing-stage.ts";
import { found, zones, type Zone } from "./zones.ts";

const SHOWN = 60;
let pickers = 0;

export interface ZonePicker {
  readonly element: HTMLElement;
  open(): void;
}

/** `first` are offered at the head, each with why it stands there. */
export function zonePicker(
  first: readonly (readonly [zone: string, why: string])[],
  stage: DoingStage,
  pick: (zone: string | null) => void,
): ZonePicker {
  pickers += 1;
  const { more } = stage;
  const id = `zones-${pickers}`;
  let shown: readonly Zone[] = [];
  let all: readonly Zone[] = [];
  let at = 0;
  const list = h("ul", { id, role: "listbox", class: "zones", part: "zones", "aria-label": more.chooseZone });
  const count = h("p", { class: "sr", role: "status" });
  const none = h("p", { class: "hint" });
  const input = h("input", {
    type: "text",
    part: "zone-search",
    role: "combobox",
    autocomplete: "off",
    "aria-expanded": "true",
    "aria-controls": id,
    "aria-autocomplete": "list",
    "aria-label": more.chooseZone,
    placeholder: more.zoneSearch,
    input: () => show(),
    keydown: (event) => key(event as KeyboardEvent),
  });
  const point = (to: number): void => {
    at = Math.max(0, Math.min(to, shown.length - 1));
    [...list.children].forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    const option = list.children[at];
    set(input, { "aria-activedescendant": option?.id ?? null });
    option?.scrollIntoView({ block: "nearest" });
  };
  const show = (): void => {
    shown = found(all, input.value).slice(0, SHOWN);
    none.textContent = shown.length === 0 ? more.noZone : "";
    count.textContent = input.value === "" ? "" : more.zonesFound(shown.length);
    list.replaceChildren(...shown.map(option));
    point(0);
  };
  const option = (zone: Zone, index: number): HTMLElement => {
    const why = first.find(([own]) => own === zone.id)?.[1];
    return h(
      "li",
      {
        id: `${id}-${index}`,
        role: "option",
        "data-value": zone.id,
        // The field keeps the focus.
        mousedown: (event) => event.preventDefault(),
        click: () => pick(zone.id),
      },
      h("span", {}, h("bdi", {}, zone.city), why !== undefined && h("span", { class: "detail" }, ` ${why}`)),
      h("bdi", { class: "detail" }, zone.offset),
    );
  };
  const key = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const step = steps[event.key];
    if (step !== undefined) point(at + step);
    else if (event.key === "Enter") pick(shown[at]?.id ?? null);
    else if (event.key === "Escape") pick(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const element = h("div", { class: "zone-picker", hidden: true }, input, list, none, count);
  return {
    element,
    open() {
      all = zones(
        first.map(([zone]) => zone),
        new Date(),
      );
      element.hidden = false;
      input.value = "";
      show();
      input.focus({ preventScroll: true });
      element.scrollIntoView({ block: "nearest" });
    },
  };
}
