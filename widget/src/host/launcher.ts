/** The button that stands on the page before anything was touched. */
import type { FrontDesk } from "../define.ts";
import type { Commands } from "./commands.ts";
import css from "./launcher.css";

const BUBBLE = "M6 5h12a2 2 0 012 2v8a2 2 0 01-2 2h-6l-4 4v-4H6a2 2 0 01-2-2V7a2 2 0 012-2z";
const MARK = "M9.5 9.5a2.5 2.5 0 115 0c0 2-2.5 2-2.5 4M12 17h.01M12 4a8 8 0 100 16 8 8 0 000-16z";
const LABELS: Readonly<Record<string, readonly [string, string]>> = {
  en: ["Open chat", "Help"],
  de: ["Chat öffnen", "Hilfe"],
  fr: ["Ouvrir le chat", "Aide"],
  es: ["Abrir el chat", "Ayuda"],
  ar: ["فتح المحادثة", "مساعدة"],
};

/** Dresses the element; returns the language that it speaks, in two letters. */
export function dress(element: FrontDesk): string {
  const { locale: own, mode, launcher } = element.dataset;
  const language = (own || document.documentElement.lang || navigator.language).slice(0, 2).toLowerCase();
  const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  // Without this it would take the page's direction, and change sides when it is opened.
  element.dir = language === "ar" ? "rtl" : "ltr";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets.push(sheet);
  if (launcher === "none") return language;

  const isHelp = mode === "help";
  const label = (LABELS[language] ?? LABELS["en"]!)[+isHelp]!;
  const button = document.createElement("button");
  button.className = isHelp ? "launcher help" : "launcher";
  button.part.value = "launcher";
  button.dataset["frontdeskOpen"] = "";
  button.ariaExpanded = "false";
  button.ariaLabel = label;
  const drawn = (tag: string, attribute: string, value: string): Element => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    made.setAttribute(attribute, value);
    return made;
  };
  const svg = drawn("svg", "viewBox", "0 0 24 24");
  svg.append(drawn("path", "d", isHelp ? MARK : BUBBLE));
  button.append(svg, isHelp ? label : "");
  root.append(button);
  return language;
}

/** Hears our launcher and those that the page brings; what a page's own script has dealt with is left alone. */
export function attend(within: Document | ShadowRoot, { load, open, ask }: Commands): void {
  // Both are of the mouse, which is more than a shadow root's types say.
  within.addEventListener("pointerdown", heard as EventListener);
  within.addEventListener("click", heard as EventListener);

  function heard(event: MouseEvent): void {
    const pressed = (event.composedPath()[0] as Element).closest?.<HTMLAnchorElement>("[data-frontdesk-open]");
    if (!pressed || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.defaultPrevented) return;
    // The press comes about 100 ms before the click: enough to fetch most of the panel.
    if (event.type !== "click") return void load().catch(() => {});
    event.preventDefault();
    const { dataset, href } = pressed;
    const say = (state: string) => (): string => (dataset["frontdeskOpen"] = state);
    say("loading")();
    const question = dataset["frontdeskAsk"];
    (question ? ask(question) : open()).then(say(""), href ? () => location.assign(href) : say("failed"));
  }
}
