/** All that a page pays before the first touch: a launcher, one global, and no request. */
import type { FrontDesk, Told } from "../define.ts";
import css from "./launcher.css";
import { watch, type Baked } from "./nudges.ts";

declare const PANEL_FILE: string;
/** What the server puts in for a site; a string where it is served as it was built. */
declare const NUDGES: Baked | string;

export interface Api {
  open(): Promise<void>;
  close(): void;
  /** Opens and asks. */
  ask(text: string): Promise<void>;
  /** Calls back on `open`, `close`, `message`, `unread`, `meeting`, `trial`, `handoff`; returns how to stop. */
  on<T extends Told["type"]>(type: T, then: (told: Extract<Told, { type: T }>) => void): () => void;
}

declare global {
  interface Window {
    Frontdesk?: Api;
  }
}

const SVG = "http://www.w3.org/2000/svg";
const BUBBLE =
  "M5 5.5h14a1.5 1.5 0 011.5 1.5v8.5a1.5 1.5 0 01-1.5 1.5h-6.5L8 20.5V17H5a1.5 1.5 0 01-1.5-1.5V7A1.5 1.5 0 015 5.5z";
const MARK = "M9.3 9.3a2.8 2.8 0 115 1.7c-.9 1-2.3 1.4-2.3 3M12 17.2h.01M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17z";
const LABELS: Readonly<Record<string, readonly [string, string]>> = {
  en: ["Open chat", "Help"],
  de: ["Chat öffnen", "Hilfe"],
  fr: ["Ouvrir le chat", "Aide"],
  es: ["Abrir el chat", "Ayuda"],
  ar: ["فتح المحادثة", "مساعدة"],
};

function begin(script: HTMLScriptElement, nudges: Baked | string): Api {
  const { origin } = new URL(script.src);
  const standing = document.querySelector("front-desk");
  const element = (standing ?? document.createElement("front-desk")) as FrontDesk;
  const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  element.dataset["origin"] = origin;
  for (const [name, value] of Object.entries(script.dataset)) element.dataset[name] ??= value ?? "";

  let loading: Promise<unknown> | undefined;
  const load = async (): Promise<FrontDesk> => {
    // The classic script can not import statically; a failed load may be tried again.
    loading ??= import(new URL(PANEL_FILE, script.src).href).catch((problem: unknown) => {
      loading = undefined;
      throw problem;
    });
    await loading;
    return element;
  };
  const api: Api = {
    open: async () => (await load()).open(),
    close: () => loading && void load().then((ready) => ready.close()),
    ask: async (text) => (await load()).ask(text),
    on(type, then) {
      const heard = (event: Event): void => {
        const told = (event as CustomEvent<Told>).detail;
        if (told.type === type) then(told as Extract<Told, { type: typeof type }>);
      };
      element.addEventListener("frontdesk", heard);
      return () => element.removeEventListener("frontdesk", heard);
    },
  };

  const locale = element.dataset["locale"] || document.documentElement.lang || navigator.language;
  // Without this it would take the page's direction, and change sides when it is opened.
  element.dir = /^ar\b/i.test(locale) ? "rtl" : "ltr";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets.push(sheet);
  root.append(launcher(element.dataset["mode"] === "help", locale, api, () => void load()));
  // On the root element it survives frameworks that swap the body.
  if (standing === null) document.documentElement.append(element);
  const kept = keptFor(element.dataset["site"] ?? "");
  if (innerWidth > 480 && /"open":true/.test(kept)) void api.open();
  else if (typeof nudges === "object" && element.dataset["proactive"] !== "off")
    watch(nudges, element, kept, locale, load);
  return api;
}

function launcher(isHelp: boolean, locale: string, api: Api, warm: () => void): HTMLElement {
  const [open, help] = LABELS[locale.slice(0, 2).toLowerCase()] ?? LABELS["en"]!;
  const button = document.createElement("button");
  button.type = "button";
  button.className = isHelp ? "launcher help" : "launcher";
  button.part.add("launcher");
  button.setAttribute("aria-expanded", "false");
  if (!isHelp) button.setAttribute("aria-label", open);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", isHelp ? MARK : BUBBLE);
  svg.append(path);
  const badge = document.createElement("span");
  badge.className = "badge-count";
  button.append(svg, isHelp ? help : "", badge);
  // The press comes about 100 ms before the click: enough to fetch most of the panel.
  button.addEventListener("pointerdown", warm, { once: true });
  button.addEventListener("click", () => {
    button.dataset["state"] = "loading";
    api.open().then(
      () => delete button.dataset["state"],
      () => (button.dataset["state"] = "failed"),
    );
  });
  return button;
}

/** What a visitor who allowed it left in this tab (whose panel is found open again) or browser; else nothing. */
function keptFor(site: string): string {
  try {
    const key = `frontdesk:${site}`;
    return sessionStorage.getItem(key) ?? localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

// Script optimisers run the file so that it has no current script: look for its tag.
const script = document.currentScript ?? document.querySelector("script[data-site][src*='widget.js']");
if (window.Frontdesk === undefined && script instanceof HTMLScriptElement) window.Frontdesk = begin(script, NUDGES);
