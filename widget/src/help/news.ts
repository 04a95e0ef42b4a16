/** Announcements: quiet, the new ones marked, each of them gone when it is dismissed. */
import { h, icon, linked, type Child } from "../view/dom.ts";
import { dateText } from "../view/stage.ts";
import { round, rows, section, type Kit } from "./kit.ts";
import type { News } from "./shapes.ts";
import { way } from "./way.ts";

const AT_ONCE = 1;

export function news(kit: Kit, all: readonly News[]): HTMLElement {
  const { more, api } = kit;
  const seen = new Set<string>();
  const fresh = all.filter((one) => one.is_new);
  const isNew = (one: News): boolean => one.is_new && !seen.has(one.id);
  const list = h("ul", { class: "news" });
  const others = rows([
    {
      part: "all-news",
      sign: icon("calendar"),
      title: more.allNews,
      click: () => kit.open("news", "all-news", more.news, () => everything(kit, all, isNew)),
    },
  ]);
  const draw = (): void => {
    list.replaceChildren(
      ...fresh
        .filter(isNew)
        .slice(0, AT_ONCE)
        .map((one) => card(kit, one, true, dismiss(one))),
    );
    list.hidden = list.childElementCount === 0;
  };
  const dismiss = (one: News): HTMLElement =>
    round("dismiss", `${more.dismiss}: ${one.title}`, icon("close"), () => {
      seen.add(one.id);
      // It is gone for this reader; that the server did not hear of it is no reason to bring it back now.
      void api.post(`/announcements/${encodeURIComponent(one.id)}/seen`, {}).catch(() => undefined);
      draw();
      (list.querySelector("button") ?? others.querySelector("button"))?.focus();
    });
  draw();
  return section(more.news, list, others);
}

const everything = (kit: Kit, all: readonly News[], isNew: (one: News) => boolean): readonly Child[] => [
  h("ul", { class: "news" }, ...all.map((one) => card(kit, one, isNew(one)))),
];

function card(kit: Kit, one: News, isNew: boolean, dismiss?: HTMLElement): HTMLElement {
  const { more } = kit;
  const { locale } = kit.stage;
  return h(
    "li",
    { part: "announcement", "data-state": isNew ? "new" : "seen" },
    h(
      "div",
      { class: "about" },
      h("strong", {}, h("bdi", {}, one.title), isNew && h("span", { class: "tag" }, more.isNew)),
      h("p", { dir: "auto" }, ...linked(one.text)),
      h(
        "p",
        { class: "detail" },
        one.at !== "" && h("time", { datetime: one.at }, dateText(one.at, locale)),
        way(kit, one, "inline"),
      ),
    ),
    dismiss,
  );
}
