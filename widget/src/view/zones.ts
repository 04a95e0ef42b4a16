/** Time zones as people look for them: by city, by offset, own first; and times regrouped by day in any of them. Pure. */
import type { Slot } from "../generated/protocol.ts";

export interface ZonedDay {
  /** The day in the zone, as `2026-03-03`. */
  readonly date: string;
  readonly slots: readonly ZonedSlot[];
}
export interface ZonedSlot {
  readonly slot: Slot;
  /** The time of day, as `14:00`; with the zone's short name where a clock change repeats it. */
  readonly time: string;
}
export interface Zone {
  readonly id: string;
  readonly city: string;
  /** As `UTC+1`; looked up when it is wanted, for there are hundreds. */
  readonly offset: string;
}

const part = (at: Date, options: Intl.DateTimeFormatOptions, type: Intl.DateTimeFormatPartTypes): string =>
  new Intl.DateTimeFormat("en-GB", options).formatToParts(at).find((one) => one.type === type)?.value ?? "";

/** What the zone's clocks show beside UTC on that day. */
export function offsetOf(zone: string, at: Date): string {
  const name = part(at, { timeZone: zone, timeZoneName: "shortOffset" }, "timeZoneName");
  return name.replace("GMT", "UTC").replace(/^UTC[+-]0$/, "UTC");
}

export const cityOf = (zone: string): string => (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** All that the browser knows, those of `first` at the head, the rest by name. */
export function zones(first: readonly string[], at: Date): readonly Zone[] {
  const known = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
  const ids = [...new Set([...first.filter(isZone), "UTC", ...known])];
  const all = ids.map((id) => lazily(id, at));
  const own = all.slice(0, new Set(first.filter(isZone)).size);
  return [...own, ...all.slice(own.length).sort((a, b) => a.city.localeCompare(b.city))];
}

function lazily(id: string, at: Date): Zone {
  let offset: string | null = null;
  return {
    id,
    city: cityOf(id),
    get offset() {
      return (offset ??= offsetOf(id, at));
    },
  };
}

const plain = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\s_/−–]+/g, " ")
    .replace("gmt", "utc")
    .trim();

/** Those whose city, region or offset begins a word with what was typed. */
export function found(all: readonly Zone[], typed: string): readonly Zone[] {
  const wanted = plain(typed);
  if (wanted === "") return all;
  const isOffset = /^(?:utc ?)?[+-]?\d/.test(wanted) || wanted === "utc";
  if (isOffset) {
    const offset = wanted.replace(/^utc ?/, "");
    return all.filter((zone) => {
      const own = plain(zone.offset).replace("utc", "");
      return offset === "" ? own === "" : own === offset || own === `+${offset}`;
    });
  }
  return all.filter(({ id, city }) => ` ${plain(id)} ${plain(city)}`.includes(` ${wanted}`));
}

/** The same times on the calendar of another zone. */
export function inZone(slots: readonly Slot[], zone: string): readonly ZonedDay[] {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
  const days = new Map<string, ZonedSlot[]>();
  for (const slot of slots.toSorted((a, b) => Date.parse(a.start) - Date.parse(b.start))) {
    const at = new Date(slot.start);
    const date = day.format(at);
    const time = clock(at, zone);
    days.set(date, [...(days.get(date) ?? []), { slot, time }]);
  }
  return [...days].map(([date, own]) => ({ date, slots: own.map((one) => told(one, own, zone)) }));
}

const clock = (at: Date, zone: string): string =>
  new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);

function told(one: ZonedSlot, day: readonly ZonedSlot[], zone: string): ZonedSlot {
  if (day.every((other) => other === one || other.time !== one.time)) return one;
  return { ...one, time: `${one.time} (${offsetOf(zone, new Date(one.slot.start))})` };
}
