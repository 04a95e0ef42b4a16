/** Where an announcement or a step leads: to an article in the panel, to a page of the application, or out of both. */
import { h, icon, safeUrl } from "../view/dom.ts";
import { openArticle, type Kit } from "./kit.ts";

export interface Leading {
  readonly title: string;
  readonly url: string;
  readonly article: string;
}

export function way(kit: Kit, { title, url, article }: Leading, look: "button" | "inline"): HTMLElement | false {
  const { openStep, newTab } = kit.more;
  const name = { class: look, part: "way", "aria-label": `${openStep}: ${title}` };
  const click = (): void => openArticle(kit, { id: article, title: "" });
  if (article !== "") return h("button", { type: "button", ...name, click }, openStep);
  const href = url === "" ? null : safeUrl(url, location.href);
  if (href === null) return false;
  // A page of the application itself opens in place: that is where it goes on.
  if (new URL(href).origin === location.origin) return h("a", { href, ...name }, openStep);
  const out = { target: "_blank", rel: "noopener noreferrer", "aria-label": `${name["aria-label"]} (${newTab})` };
  return h("a", { href, ...name, ...out }, openStep, icon("out"));
}
