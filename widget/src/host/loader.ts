/** All that a page pays before the first touch: a launcher, one global, and no request. */
import type { FrontDesk } from "../define.ts";
import { cardIn } from "./card.ts";
import { commands } from "./commands.ts";
import { attend, dress } from "./launcher.ts";
import { watch, type Baked } from "./nudges.ts";
import type { Call } from "./public.ts";

declare const PANEL_FILE: string;
/** It is built three times: bare, with what watches for messages, and with the card of those that show unasked too. */
declare const HAS_NUDGES: boolean;
declare const HAS_CARD: boolean;
/** What the server puts in for a site. */
declare const NUDGES: Baked;

/** Nobody asked: what did not arrive is no error of the host page, and the launcher tries again. */
const nothing = (): void => {};

function begin(script: HTMLScriptElement, queued: readonly Call[]): void {
  const found = new Promise<FrontDesk>((give) => {
    const stand = (): void => give(standing(script));
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", stand);
    else stand();
  });
  const api = commands(found, new URL(PANEL_FILE, script.src).href);
  const push = (...calls: readonly Call[]): void => {
    for (const [name, ...rest] of calls) void (api[name] as (...given: unknown[]) => unknown)(...rest);
  };
  window.Frontdesk = { ...api, push };
  push(...queued);
  attend(document, api);

  void found.then((element) => {
    const { dataset } = element;
    // What stands in the flow of the page is opened by the panel, once it is seen.
    if (document.querySelector("front-desk[data-inline]")) api.load().catch(nothing);
    if ("inline" in dataset) return;
    const spoken = dress(element);
    const kept = keptFor(dataset["site"]);
    if (innerWidth > 480 && /"open":true/.test(kept)) api.open().catch(nothing);
    else if (/"unread":[1-9]/.test(kept))
      api
        .load()
        .then((ready) => ready.listen())
        .catch(nothing);
    else if (HAS_NUDGES && dataset["proactive"] !== "off") {
      if (HAS_CARD) element.card ??= cardIn(element.shadowRoot!);
      watch(NUDGES, element, kept, spoken, api.load);
    }
  });
}

/** The element that the page brings, else one of ours. */
function standing({ dataset }: HTMLScriptElement): FrontDesk {
  const all = [...document.querySelectorAll<FrontDesk>("front-desk:not([data-mounted])")];
  // On the root element it survives frameworks that swap the body.
  if (!all[0]) document.documentElement.append((all[0] = document.createElement("front-desk") as FrontDesk));
  for (const one of all) for (const name in dataset) one.dataset[name] ??= dataset[name];
  return all[0];
}

/** What a visitor who allowed it left in this tab (whose panel is found open again) or browser; else nothing. */
function keptFor(site: string | undefined): string {
  try {
    const key = `frontdesk:${site}`;
    return (sessionStorage[key] ?? localStorage[key] ?? "") as string;
  } catch {
    return "";
  }
}

// Script optimisers run the file so that its tag is not the current script; others take the tag away at once.
const script = document.querySelector("script[data-site][src*='widget.js']") ?? document.currentScript;
const queued: unknown = window.Frontdesk ?? [];
// A second copy finds the first one's commands, which are no queue.
if (script && Array.isArray(queued)) begin(script as HTMLScriptElement, queued as Call[]);
