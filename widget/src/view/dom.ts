/** Builds elements without ever parsing markup: data becomes text nodes and checked links, nothing else. */
import type { LATER } from "./icons.ts";

export type Child = Node | string | null | undefined | false;
type Props = Readonly<Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>>;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  set(element, props);
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

export function set(element: Element, props: Props): void {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** An address that may be followed, or null: only web and mail addresses, resolved against our own server. */
export function safeUrl(url: string, base: string): string | null {
  try {
    const parsed = new URL(url, base);
    return ["https:", "http:", "mailto:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

const SVG = "http://www.w3.org/2000/svg";

const FIRST = {
  close: "M6 6l12 12M18 6L6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M12 19V6M6 11.5L12 5.5l6 6",
  next: "M9 6l6 6-6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  people:
    "M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM3 20c0-3.3 2.7-6 6-6s6 2.7 6 6M15.5 4.5a3.5 3.5 0 010 6M17.5 14.5c2 .9 3.5 3 3.5 5.5",
  shield: "M12 3.5l7 2.5v5.5c0 4.3-2.9 7.5-7 9-4.1-1.5-7-4.7-7-9V6z",
  file: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  bin: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13",
  alert: "M12 8v5M12 16.5h.01M12 3.5l9 16.5H3z",
  say: "M5 5.5h14v11h-6.5L8.5 20v-3.5H5z",
  up: "M7 11v9H4v-9zM7 11l4-8c1.7 0 2.5 1 2.3 2.6L13 9h5.2c1.3 0 2.2 1.2 1.9 2.4l-1.6 7c-.2.9-1 1.6-2 1.6H7",
  mail: "M4 6h16v12H4zM4 7l8 6 8-6",
  page: "M7 3.5h7l4 4V20.5H7zM14 3.5v4h4",
  out: "M9 6h9v9M18 6L7 17",
} as const;
export type IconName = keyof typeof FIRST | keyof typeof LATER;
const icons: Partial<Record<IconName, string>> = { ...FIRST };

/** A part brings the drawings that the first open does not show. */
export const addIcons = (more: Partial<Record<IconName, string>>): void => void Object.assign(icons, more);

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  set(svg, { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon", "data-icon": name });
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", icons[name] ?? "");
  svg.append(path);
  return svg;
}

// Characters that turn the direction of what follows would let an address end as another one.
const TURNS = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";
const ADDRESS = new RegExp(`https?://[^\\s<>"'()[\\]${TURNS}]*[^\\s<>"'()[\\].,;:!?${TURNS}]`, "g");
const NAMES_HOST =
  /^\s*(?:https?:\/\/)?(?:[^\s/?#]*@)?((?:[\p{L}\p{N}\p{M}_-]+\.)+\p{L}[\p{L}\p{N}-]+|\[[^\]]+\])(?::\d+)?(?=[\s/?#\\]|$)/iu;

/**
 * Where a link really leads, when its words name another place: `https://bank.example@elsewhere.example`, letters of
 * another alphabet that look like ours, or a title that is an address. The empty string when they agree.
 */
export function otherHost(words: string, href: string | null): string {
  if (href === null) return "";
  const named = NAMES_HOST.exec(words)?.[1]?.toLowerCase();
  const { hostname, username } = new URL(href);
  if (named === undefined || (named === hostname && username === "")) return "";
  return `www.${named}` === hostname || named === `www.${hostname}` ? "" : hostname;
}

/** Plain text in which web addresses can be followed. */
export function linked(text: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const href = safeUrl(found[0], location.origin);
    if (href === null) continue;
    const host = otherHost(found[0], href);
    parts.push(text.slice(from, found.index), link(href, { dir: "ltr" }, found[0]));
    if (host !== "") parts.push(h("span", { class: "detail", part: "host" }, ` (${host})`));
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** A link that opens beside the host page and tells it nothing. `href` has been through `safeUrl`. */
export function link(href: string, props: Props, ...children: readonly Child[]): HTMLAnchorElement {
  return h("a", { href, target: "_blank", rel: "noopener noreferrer", ...props }, ...children);
}
