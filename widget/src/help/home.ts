/** The first view: search, what one was at, what is new, what to do next, what to read. */
import { h, type Child } from "../view/dom.ts";
import { spoken } from "../view/plain.ts";
import { articleRow, filled, glyph, openPast, rows, section, small, type Kit, type Row } from "./kit.ts";
import { seek } from "./find.ts";
import { home as asHome, past as asPast, type Group, type Home, type Past } from "./shapes.ts";

export interface HomeView {
  readonly children: readonly Child[];
  readonly input: HTMLInputElement;
  update(): void;
}

export function homeView(kit: Kit, isMember: () => Promise<boolean>): HomeView {
  const { said, talk, api, stage } = kit;
  const going = h("div", { class: "group going", hidden: true });
  let others: readonly Past[] = [];
  let shown = "";
  const update = (): void => {
    const last = talk.now.entries.at(-1);
    const open = last === undefined ? others.find((one) => one.is_open) : undefined;
    const detail = last !== undefined ? spoken(last, stage.words) : (open?.last ?? "");
    const state = `${last?.key} ${open?.id} ${others.length} ${detail}`;
    if (state === shown) return;
    shown = state;
    const items: Row[] = [];
    const click = (): void => (open === undefined ? kit.chat() : openPast(kit, open.id));
    if (last !== undefined || open !== undefined)
      items.push({
        part: "go-on",
        sign: glyph("bubble"),
        title: said.goOn,
        detail: h("span", { class: "snippet" }, detail),
        click,
      });
    if (others.length > 0)
      items.push({
        part: "history",
        sign: glyph("bubble"),
        title: said.earlier,
        click: () => kit.open("history", "history", said.earlier, (later) => later.history(kit)),
      });
    going.hidden = items.length === 0;
    going.replaceChildren(rows(items));
  };
  const get = async (): Promise<readonly Child[]> => {
    const isKnown = await isMember();
    const asked = api.get(`/home?page=${encodeURIComponent(location.pathname)}`, asHome);
    const listed = isKnown ? api.get("/conversations", asPast).catch(() => null) : null;
    const [home, list] = await Promise.all([asked, listed]);
    others = home.member === null ? [] : (list?.conversations ?? []);
    update();
    const told = home.announcements.length > 0 ? [(await kit.later()).news(kit, home.announcements)] : [];
    return [
      ...told,
      home.guides.length > 0 && section(said.start, rows(home.guides.map((guide) => guideRow(kit, guide)))),
      home.featured.length > 0 && section(said.featured, rows(home.featured.map((one) => articleRow(kit, one)))),
      home.groups.length > 0 && section(said.topics, rows(home.groups.map((one) => groupRow(kit, one)))),
    ];
  };
  const start = h("div", {});
  const find = seek(kit, start);
  start.append(going, filled(said, get));
  update();
  return { children: [find.element, start], input: find.input, update };
}

function groupRow(kit: Kit, { title, articles }: Group): Row {
  const fill = (): readonly Child[] => [rows(articles.map((article) => articleRow(kit, article)))];
  return {
    part: "topic",
    title,
    detail: small(kit.said.articles(articles.length)),
    click: () => kit.open(`topic ${title}`, "topic", title, fill),
  };
}

/** Called with how far one is now. */
export type Changed = (done: number, steps: number) => void;

/** How far one is, in words and as a bar. */
export function progress(kit: Kit, done: number, steps: number): HTMLElement {
  return h(
    "span",
    { class: "progress" },
    h("progress", { max: steps, value: done, "aria-hidden": "true" }),
    h("span", { class: "detail" }, kit.said.steps(done, steps)),
  );
}

function guideRow(kit: Kit, { key, title, steps, done }: Home["guides"][number]): Row {
  let detail = progress(kit, done, steps);
  const changed = (now: number, of: number): void => {
    const fresh = progress(kit, now, of);
    detail.replaceWith(fresh);
    detail = fresh;
  };
  return {
    part: "guide",
    title,
    detail,
    click: () => kit.open(`guide ${key}`, "guide", title, (later) => later.guide(kit, key, changed)),
  };
}
