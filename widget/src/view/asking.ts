/** Free times to choose from, told in the zone that the visitor wants. */
import type { SlotsBlock } from "../generated/protocol.ts";
import { written } from "../i18n/index.ts";
import { closing } from "./choices.ts";
import type { DoingStage } from "./doing-stage.ts";
import { h } from "./dom.ts";
import type { Drawn } from "./stage.ts";
import { zonePicker } from "./zone-picker.ts";
import { cityOf, inZone, offsetOf, type ZonedDay, type ZonedSlot } from "./zones.ts";

/** The zone that was switched to on this page; later times are shown in it from the start. */
let switched: string | null = null;

export function slots(block: SlotsBlock, stage: DoingStage): Drawn {
  const { more } = stage;
  if (block.days.length === 0)
    return { element: h("div", {}, h("p", {}, block.text), h("p", { class: "hint" }, more.noSlots)) };
  return new Slots(block, stage).drawn;
}

class Slots {
  readonly drawn: Drawn;
  readonly #block: SlotsBlock;
  readonly #stage: DoingStage;
  readonly #locale: string;
  readonly #days: HTMLElement;
  readonly #times = h("div", { class: "times" });
  readonly #zone = h("p", { class: "hint zone", part: "zone" });
  #shown: string;

  constructor(block: SlotsBlock, stage: DoingStage) {
    this.#block = block;
    this.#stage = stage;
    this.#shown = switched ?? block.zone;
    // Days are named as the server named them, even where that is not the panel's language.
    this.#locale = block.lang && block.lang !== stage.language ? written(block.lang) : stage.locale;
    this.#days = h("div", { class: "days", role: "group", "aria-label": stage.more.otherDays });
    const picker = zonePicker(this.#first(), stage, (zone) => {
      picker.element.hidden = true;
      if (zone !== null) this.#switch(zone);
      change.setAttribute("aria-expanded", "false");
      change.focus();
    });
    const change = h(
      "button",
      {
        type: "button",
        class: "inline",
        part: "zone-change",
        "aria-label": stage.more.chooseZone,
        "aria-expanded": "false",
        click: () => {
          const isOpen = !picker.element.hidden;
          change.setAttribute("aria-expanded", String(!isOpen));
          if (isOpen) picker.element.hidden = true;
          else picker.open();
        },
      },
      stage.more.changeZone,
    );
    const foot = h("div", { class: "zone-foot" }, this.#zone, change);
    this.#show();
    this.drawn = closing(block.text, h("div", { class: "card" }, this.#days, this.#times, foot, picker.element), stage);
  }

  #first(): readonly (readonly [string, string])[] {
    const { more } = this.#stage;
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const team = this.#block.team_zone ?? "";
    return [[own, more.yourZone] as const, ...(team !== "" && team !== own ? [[team, more.theirZone] as const] : [])];
  }

  #switch(zone: string): void {
    switched = this.#shown = zone;
    this.#show();
  }

  #show(): void {
    const { more } = this.#stage;
    const { zone, zone_label, duration_minutes } = this.#block;
    const all = this.#block.days.flatMap((day) => day.slots);
    const days = inZone(all, this.#shown);
    const city = this.#shown === zone ? zone_label : cityOf(this.#shown);
    const offset = offsetOf(this.#shown, new Date(all[0]!.start));
    const isSaid = city.includes("UTC");
    const name = isSaid ? city : `${city} (${offset})`;
    // It is said in brackets itself.
    const place = city.replace(/ \((.+)\)$/, ", $1");
    this.#zone.replaceChildren(`${more.zone(name)} · ${more.minutes(duration_minutes)}`);
    const tabs = days.map((day) => this.#tab(day, () => open(day)));
    const open = (day: ZonedDay): void => {
      days.forEach((one, at) => tabs[at]?.setAttribute("aria-pressed", String(one === day)));
      const label = this.#label(day);
      const buttons = day.slots.map((one) => this.#slot(one, label, place));
      this.#times.replaceChildren(h("h3", {}, label), h("div", { class: "grid" }, ...buttons));
    };
    this.#days.replaceChildren(...tabs);
    open(days[0]!);
  }

  #tab(day: ZonedDay, click: () => void): HTMLElement {
    const say = (options: Intl.DateTimeFormatOptions): string => this.#say(day.date, options);
    return h(
      "button",
      { type: "button", class: "day", part: "day", "data-date": day.date, click },
      h("span", {}, say({ weekday: "short" })),
      h("strong", {}, say({ day: "numeric" })),
      h("span", {}, say({ month: "short" })),
    );
  }

  /** As the server names the day, where it is the same one; else as the language does. */
  #label(day: ZonedDay): string {
    const same = this.#block.days.find((one) => one.date === day.date);
    return same?.label ?? this.#say(day.date, { weekday: "long", day: "numeric", month: "long" });
  }

  #say(date: string, options: Intl.DateTimeFormatOptions): string {
    const at = new Date(`${date}T12:00:00Z`);
    return new Intl.DateTimeFormat(this.#locale, { ...options, timeZone: "UTC" }).format(at);
  }

  #slot({ slot, time }: ZonedSlot, day: string, place: string): HTMLElement {
    const { prompt, zone } = this.#block;
    const said = this.#stage.more.slotSaid(day, time, place);
    const other = this.#shown === zone ? undefined : this.#shown;
    return h(
      "button",
      {
        type: "button",
        class: "slot",
        part: "slot",
        "data-value": slot.value,
        "aria-label": said,
        click: () => this.#stage.choose(prompt, slot.value, said, other),
      },
      h("time", { datetime: slot.start }, time),
    );
  }
}
