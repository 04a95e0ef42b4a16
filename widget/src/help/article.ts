/** Reading one article inside the panel: outline, body, and whether it helped. */
import { h, icon, link, safeUrl, type Child } from "../view/dom.ts";
import { dateText } from "../view/stage.ts";
import { pieces } from "./blocks.ts";
import { Trouble } from "./api.ts";
import { reading as asReading, type Reading } from "./article-shapes.ts";
import { button, openArticle, type Kit } from "./kit.ts";

const OUTLINE_FROM = 3;

/** Reads what stands at `path`; the view shows its title and goes to `anchor`. */
export async function article(kit: Kit, element: HTMLElement, path: string, anchor: string): Promise<readonly Child[]> {
  const it = await kit.api.get(path, asReading);
  element.querySelector("h2")!.textContent = it.title;
  kit.told({ type: "article", id: it.id });
  // When it stands.
  if (anchor !== "") requestAnimationFrame(() => toHeading(element, anchor));
  return whole(kit, it);
}

/** What a link leads to, of which nobody knows yet whether this reader may read it here. */
export async function page(kit: Kit, element: HTMLElement, href: string): Promise<readonly Child[]> {
  const url = new URL(href);
  // A text fragment is for browsers; the heading before it is for us.
  const anchor = decoded(url.hash.slice(1).split(":~:")[0] ?? "");
  url.hash = "";
  try {
    return await article(kit, element, `/articles?url=${encodeURIComponent(url.href)}`, anchor);
  } catch (problem) {
    if (!(problem instanceof Trouble) || problem.code !== "not_found") throw problem;
    // It may still be there for a browser.
    return [h("p", { class: "trouble" }, kit.said.troubles["not_found"], h("br"), pageLink(kit, href))];
  }
}

/** As it stands where it is no code: `#100%`. */
export function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

const pageLink = ({ more }: Kit, href: string): HTMLElement =>
  link(href, { part: "open-page" }, more.openPage, icon("out"), h("span", { class: "sr" }, ` (${more.newTab})`));

function whole(kit: Kit, article: Reading): readonly Child[] {
  const { stage, more } = kit;
  // One that only the panel shows has none, and "" would be this server itself.
  const href = article.url === "" ? null : safeUrl(article.url, stage.base);
  const headings = article.body.flatMap((piece) => (piece.kind === "heading" && piece.anchor !== "" ? [piece] : []));
  const open = (id: string, anchor: string): void => {
    if (id === article.id) toHeading(body, anchor);
    else openArticle(kit, { id, title: "" }, anchor);
  };
  const desk = { more, base: href ?? stage.base, open };
  const body = h("div", { class: "body", part: "help-body", dir: "auto" }, ...pieces(article.body, desk));
  const about = [article.section, article.updated && more.updated(dateText(article.updated, stage.locale))];
  return [
    h(
      "p",
      { class: "detail about-line" },
      h("bdi", {}, about.filter(Boolean).join(" · ")),
      href !== null && pageLink(kit, href),
    ),
    headings.length >= OUTLINE_FROM &&
      h(
        "details",
        { class: "outline", part: "outline" },
        h("summary", {}, more.onPage, icon("next")),
        h(
          "ul",
          {},
          ...headings.map(({ text, anchor, level }) =>
            h(
              "li",
              { class: level > 2 && "deeper" },
              h("button", { type: "button", click: () => toHeading(body, anchor) }, h("bdi", {}, text)),
            ),
          ),
        ),
      ),
    body,
    vote(kit, article),
  ];
}

function toHeading(within: HTMLElement, anchor: string): void {
  const heading = within.querySelector<HTMLElement>(`[data-anchor="${CSS.escape(anchor)}"]`);
  heading?.scrollIntoView({ block: "start" });
  heading?.focus({ preventScroll: true });
}

function vote(kit: Kit, article: Reading): HTMLElement {
  const { said, more, api } = kit;
  const thanks = h("span", { class: "detail", role: "status" });
  const cast = (value: string, comment = ""): Promise<void> => {
    const path = `/articles/${encodeURIComponent(article.id)}/vote`;
    return api.post(path, { value, comment }).then(
      () => void (thanks.textContent = more.thanks),
      () => void (thanks.textContent = said.troubles["failed"]!),
    );
  };
  const press = (value: string): void => {
    for (const one of [yes, no]) one.setAttribute("aria-pressed", String(one.value === value));
    form.hidden = value !== "no";
    if (value === "no") input.focus();
    void cast(value);
  };
  const thumb = (value: string, label: string): HTMLButtonElement => {
    const one = button(label, `vote-${value}`, () => press(value), icon(value === "yes" ? "up" : "thumbsDown"));
    one.value = value;
    one.setAttribute("aria-pressed", String(article.vote === value));
    return one;
  };
  const yes = thumb("yes", more.yes);
  const no = thumb("no", more.no);
  const input = h("input", {
    type: "text",
    maxlength: 500,
    placeholder: more.whatMissing,
    "aria-label": more.whatMissing,
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    form.hidden = true;
    no.focus();
    if (input.value.trim() !== "") void cast("no", input.value.trim());
  };
  const send = h("button", { type: "submit", class: "button" }, more.send);
  const form = h("form", { part: "vote-reason", hidden: true, submit }, input, send);
  return h(
    "div",
    { class: "vote", part: "vote", role: "group", "aria-label": more.wasHelpful },
    h("p", {}, more.wasHelpful),
    yes,
    no,
    thanks,
    form,
  );
}
