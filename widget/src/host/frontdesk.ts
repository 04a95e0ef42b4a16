/** The same for pages that are built from modules: `mount` puts the widget into an element of theirs. */
import type { FrontDesk } from "../define.ts";
import { commands } from "./commands.ts";
import { attend, dress } from "./launcher.ts";
import type { mount as Mount, Options } from "./public.ts";

declare const PANEL_FILE: string;
const PANEL = new URL(PANEL_FILE, import.meta.url).href;
/** By how many calls of `mount` a launcher is shared; one that a script put there is nobody's to take away. */
const shared = new Map<FrontDesk, number>();

export const mount: typeof Mount = (place, { inline = !place.matches("html, body"), ...options }) => {
  // Two launchers of one site would lie upon each other.
  const element =
    (inline ? undefined : launcherOf(options.site)) ?? (inline || !isComing(options.site) ? make() : null);
  const api = commands(element ? Promise.resolve(element) : coming(options.site), PANEL);
  const { load, ...calls } = api;
  const stops: (() => void)[] = [];
  let isMounted = true;
  if (element && !element.isConnected) {
    for (const [name, value] of Object.entries(options)) element.dataset[name] = String(value);
    if (inline) element.dataset["inline"] = "";
    // A script that comes later leaves it alone.
    element.dataset["mounted"] = "";
    place.append(element);
    shared.set(element, 0);
    // In the flow of the page it opens by itself.
    if (inline) void load().catch((problem: unknown) => console.error("Frontdesk", problem));
    else {
      dress(element);
      attend(element.shadowRoot!, api);
    }
  }
  if (element && shared.has(element)) shared.set(element, shared.get(element)! + 1);
  return {
    ...calls,
    on(type, then) {
      const stop = calls.on(type, then);
      stops.push(stop);
      return stop;
    },
    unmount() {
      if (!isMounted) return;
      isMounted = false;
      for (const stop of stops) stop();
      const uses = element && shared.get(element);
      if (!element || uses == null) return;
      shared.set(element, uses - 1);
      if (uses > 1) return;
      shared.delete(element);
      element.close?.();
      element.remove();
    },
  };
};

const make = (): FrontDesk => document.createElement("front-desk") as FrontDesk;

function launcherOf(site: Options["site"]): FrontDesk | undefined {
  const launchers = document.querySelectorAll<FrontDesk>("front-desk:not([data-inline])");
  return [...launchers].find(({ dataset }) => dataset["site"] === site);
}

/** Whether a script's tag stands here that has not run yet. */
function isComing(site: Options["site"]): boolean {
  const scripts = document.querySelectorAll<HTMLScriptElement>("script[src*='widget.js']");
  return [...scripts].some(({ dataset }) => dataset["site"] === site);
}

function coming(site: Options["site"]): Promise<FrontDesk> {
  return new Promise((give) => {
    const watch = new MutationObserver(() => {
      const element = launcherOf(site);
      if (!element) return;
      watch.disconnect();
      give(element);
    });
    watch.observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-site"] });
  });
}
