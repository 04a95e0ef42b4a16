/** The same for pages that are built from modules: `mount` puts the widget into an element of theirs. */
import type { FrontDesk } from "../define.ts";
import { commands } from "./commands.ts";
import { attend, dress } from "./launcher.ts";
import type { mount as Mount } from "./public.ts";

declare const PANEL_FILE: string;
const PANEL = new URL(PANEL_FILE, import.meta.url).href;
/** By how many calls of `mount` a launcher is shared; one that a script put there is nobody's to take away. */
const shared = new Map<FrontDesk, number>();

export const mount: typeof Mount = (place, { inline = !place.matches("html, body"), ...options }) => {
  const given = Object.entries({ ...options, ...(inline && { inline: "" }) });
  const launchers = document.querySelectorAll<FrontDesk>("front-desk:not([data-inline])");
  // Two launchers of one site would lie upon each other.
  const standing = inline ? undefined : [...launchers].find(({ dataset }) => dataset["site"] === options.site);
  const element = standing ?? (document.createElement("front-desk") as FrontDesk);
  const api = commands(Promise.resolve(element), PANEL);
  const { load, ...open } = api;
  const stops: (() => void)[] = [];
  let isMounted = true;
  if (standing === undefined) {
    for (const [name, value] of given) if (value !== undefined) element.dataset[name] = String(value);
    place.append(element);
    shared.set(element, 0);
    // In the flow of the page it opens by itself.
    if (inline) void load().catch((problem: unknown) => console.error("Frontdesk", problem));
    else {
      dress(element);
      attend(element.shadowRoot!, api);
    }
  }
  if (shared.has(element)) shared.set(element, shared.get(element)! + 1);
  return {
    ...open,
    on(type, then) {
      const stop = open.on(type, then);
      stops.push(stop);
      return stop;
    },
    unmount() {
      if (!isMounted) return;
      isMounted = false;
      for (const stop of stops) stop();
      const uses = (shared.get(element) ?? 0) - 1;
      if (uses > 0) shared.set(element, uses);
      if (uses !== 0) return;
      shared.delete(element);
      element.close?.();
      element.remove();
    },
  };
};
