/** The blocks that say what came of it: a meeting, a trial, a cart, a person asked for. */
import type { CartBlock, HandoffBlock, MeetingBlock, TrialBlock } from "../generated/protocol.ts";
import { h, icon, link, safeUrl } from "./dom.ts";
import type { Stage } from "./stage.ts";

type IconName = Parameters<typeof icon>[0];

function card(name: IconName, title: string, ...children: Parameters<typeof h>[2][]): HTMLElement {
  const body = h("div", { class: "about" }, h("h3", {}, title), ...children);
  return h("div", { class: "card outcome" }, h("span", { class: "badge" }, icon(name)), body);
}

export function meeting(block: MeetingBlock, stage: Stage): HTMLElement {
  const { words } = stage;
  const ics = block.ics_url ? safeUrl(block.ics_url, stage.base) : null;
  const manage = block.manage_url ? safeUrl(block.manage_url, stage.base) : null;
  const actions = h(
    "p",
    { class: "actions" },
    ics !== null &&
      h("a", { href: ics, download: "", class: "button", part: "ics" }, icon("file"), words.addToCalendar),
    manage !== null && link(manage, { part: "manage" }, words.change),
  );
  const title = { confirmed: words.confirmed, moved: words.moved, cancelled: words.cancelled }[block.state];
  return card(
    block.state === "cancelled" ? "close" : "check",
    title,
    h("p", {}, block.title),
    h("p", { class: "when" }, h("time", { datetime: block.start }, block.when)),
    actions.childElementCount > 0 && actions,
  );
}

export function trial(block: TrialBlock, stage: Stage): HTMLElement {
  const { words } = stage;
  const title = { mail_sent: words.trialMail, verified: words.trialVerified, exists: words.trialExists }[block.state];
  return card(block.state === "mail_sent" ? "mail" : "check", title, h("p", {}, block.text));
}

export function cart(block: CartBlock, stage: Stage): HTMLElement {
  const { words } = stage;
  const rows = block.items.map((item) =>
    h(
      "tr",
      {},
      h(
        "td",
        {},
        words.quantity(item.quantity, item.plan),
        h("span", { class: "detail" }, " ", h("bdi", {}, item.unit_price)),
      ),
      h("td", { class: "number" }, h("bdi", {}, item.total)),
    ),
  );
  const period = block.period === "month" ? words.perMonth : words.perYear;
  const sum = h(
    "tr",
    {},
    h("th", { scope: "row" }, words.total),
    h("td", { class: "number" }, h("bdi", {}, block.total), ` ${period}`),
  );
  const href = safeUrl(block.checkout_url, stage.base);
  return card(
    "cart",
    words.cart,
    h("table", {}, h("tbody", {}, ...rows), h("tfoot", {}, sum)),
    block.note !== "" && h("p", { class: "hint" }, block.note),
    href !== null &&
      h(
        "p",
        { class: "actions" },
        link(href, { class: "button primary", part: "checkout" }, words.checkout, icon("out")),
      ),
  );
}

export function handoff(block: HandoffBlock, stage: Stage): HTMLElement {
  const { words } = stage;
  const title = { asked: words.asked, joined: words.joined, nobody: words.nobody }[block.state];
  return card(block.state === "nobody" ? "mail" : "people", title, block.text !== "" && h("p", {}, block.text));
}
