/** The search field and what it finds: a combobox whose list stands in the place of the home. */
import { h, icon, set, type Child } from "../view/dom.ts";
import { Trouble } from "./api.ts";
import { button, glyph, openArticle, openContact, round, small, type Kit } from "./kit.ts";
import { came, cut, failed, isAsking, isWaiting, moved, nothing, options, typed } from "./search.ts";
import { found as asFound, type Found, type Hit } from "./shapes.ts";

const PAUSE_MS = 140;
const LIST = "help-found";

/** `start` is hidden while something is looked for. */
export function seek(
  kit: Kit,
  start: HTMLElement,
): { readonly element: HTMLElement; readonly input: HTMLInputElement } {
  const { said, api } = kit;
  let now = nothing;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let asked = new AbortController();
  let isEager = false;
  let picks: readonly (() => void)[] = [];

  const input = h("input", {
    type: "search",
    part: "help-search",
    role: "combobox",
    "aria-label": said.search,
    placeholder: said.search,
    "aria-autocomplete": "list",
    "aria-controls": LIST,
    autocomplete: "off",
    enterkeyhint: "search",
    maxlength: 200,
    input: () => changed(),
    keydown: (event) => key(event as KeyboardEvent),
  });
  const clear = round("help-clear", said.clear, icon("close"), () => empty());
  const status = h("p", { class: "detail", part: "help-count", role: "status" });
  const list = h("ul", { class: "found", role: "listbox", id: LIST, "aria-label": said.results });
  const result = h("div", { class: "result" }, status, list);

  const changed = (): void => {
    const next = typed(now, input.value);
    const isEmpty = input.value === "";
    set(input, { dir: isEmpty ? null : "auto" });
    clear.hidden = isEmpty;
    if (next !== now) ask(next, PAUSE_MS);
  };
  const ask = (next: typeof now, after: number): void => {
    now = next;
    asked.abort();
    clearTimeout(pause);
    isEager = false;
    if (isAsking(now)) pause = setTimeout(() => void look(), after);
    draw();
  };
  const look = async (): Promise<void> => {
    const { query } = now;
    const { signal } = (asked = new AbortController());
    const get = (more = ""): Promise<Found> =>
      api.get(`/search?q=${encodeURIComponent(query)}${more}`, asFound, signal);
    try {
      let found = await get();
      // No word of it stands anywhere: perhaps its meaning does.
      if (found.total === 0) found = await get("&paused=1");
      now = came(now, query, found);
      kit.told({ type: "search", total: found.total });
    } catch (problem) {
      // A newer search, or another reader.
      if (problem instanceof DOMException) return;
      now = failed(now, query, problem instanceof Trouble ? problem.code : "failed");
    }
    draw();
    if (isEager) picks[0]?.();
  };
  const draw = (): void => {
    const { found, trouble, query } = now;
    const isOn = isAsking(now);
    start.hidden = isOn;
    result.hidden = !isOn;
    const again = (): void => {
      input.focus();
      ask({ ...now, trouble: null }, 0);
    };
    if (trouble !== null) status.replaceChildren(said.troubles[trouble] ?? "", button(said.retry, "retry", again));
    else if (found === null) status.textContent = "";
    else if (!isWaiting(now)) {
      const words = found.total > 0 ? said.articles(found.total) : said.noneFor(query);
      if (status.textContent !== words) status.textContent = words;
    }
    set(result, { "data-state": trouble !== null ? "error" : isWaiting(now) ? "loading" : "done" });
    set(input, { "aria-expanded": String(options(now) > 0) });
    if (found === null || !isWaiting(now)) fill(found?.articles ?? null);
    point();
  };
  const fill = (articles: readonly Hit[] | null): void => {
    const { query } = now;
    const option = (part: string, sign: SVGElement, ...words: readonly Child[]): HTMLElement =>
      // Pressed, it leaves focus in the field: one may go on typing.
      h("li", { role: "option", part, mousedown: prevent }, sign, h("span", { class: "about" }, ...words));
    const items = articles?.map((hit) => option("help-hit", glyph("page"), ...hitText(hit))) ?? [];
    picks = [];
    if (articles !== null) {
      const same = h("q", { class: "detail", dir: "auto" }, query);
      items.push(
        option("help-ask", glyph("bubble"), h("strong", {}, said.askSame), same),
        option("help-contact", icon("people"), h("strong", {}, said.contact)),
      );
      picks = [
        ...articles.map((hit) => () => openArticle(kit, hit, hit.anchor)),
        () => kit.stage.say(query),
        () => openContact(kit, query),
      ];
    }
    items.forEach((item, at) => set(item, { id: `${LIST}-${at}`, click: () => picks[at]?.() }));
    list.replaceChildren(...items);
  };
  const point = (): void => {
    [...list.children].forEach((item, at) => {
      set(item, { "aria-selected": String(at === now.active) });
      if (at === now.active) item.scrollIntoView({ block: "nearest" });
    });
    set(input, { "aria-activedescendant": now.active < 0 ? null : `${LIST}-${now.active}` });
  };
  const empty = (): void => {
    input.value = "";
    changed();
    input.focus();
  };
  const key = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing) return;
    if (by !== undefined) {
      now = moved(now, by);
      point();
    } else if (event.key === "Enter") {
      if (!isWaiting(now)) picks[Math.max(0, now.active)]?.();
      else {
        ask(now, 0);
        isEager = true;
      }
    } else if (event.key === "Escape" && input.value !== "") {
      event.stopPropagation();
      empty();
    } else return;
    event.preventDefault();
  };
  changed();
  draw();
  return {
    element: h("div", { role: "search" }, h("div", { class: "seek" }, glyph("seek"), input, clear), result),
    input,
  };
}

const prevent = (event: Event): void => event.preventDefault();

function hitText({ title, section, heading, snippet }: Hit): readonly Child[] {
  const words = cut(snippet.text, snippet.marks).map(([text, isMarked]) => (isMarked ? h("mark", {}, text) : text));
  const place = [section, heading !== title && heading].filter(Boolean).join(" · ");
  return [
    h("strong", { dir: "auto" }, title),
    place !== "" && small(place, { dir: "auto" }),
    h("span", { class: "snippet", dir: "auto" }, ...words),
  ];
}
