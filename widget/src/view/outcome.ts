/** The blocks that say what came of it: a meeting, a trial, a cart, a person asked for. */
import type { CartBlock, HandoffBlock, MeetingBlock, TrialBlock } from "../generated/protocol.ts";
import { h, icon, link, safeUrl } from "./dom.ts";
import { closing } from "./choices.ts";
import type { DoingStage } from "./doing-stage.ts";
import type { Drawn } from "./stage.ts";

type IconName = Parameters<typeof icon>[0];

function card(name: IconName, title: string, ...children: Parameters<typeof h>[2][]): HTMLElement {
  const body = h("div", { class: "about" }, h("h3", {}, title), ...children);
  return h("div", { class: "card outcome" }, h("span", { class: "badge" }, icon(name)), body);
}

export function meeting(block: MeetingBlock, stage: DoingStage): HTMLElement {
  const { more } = stage;
  const ics = block.ics_url ? safeUrl(block.ics_url, stage.base) : null;
  const manage = block.manage_url ? safeUrl(block.manage_url, stage.base) : null;
  const actions = h(
    "p",
    { class: "actions" },
    ics !== null && h("a", { href: ics, download: "", class: "button", part: "ics" }, icon("file"), more.addToCalendar),
    manage !== null && link(manage, { part: "manage" }, more.change),
  );
  const title = { confirmed: more.confirmed, moved: more.moved, cancelled: more.cancelled }[block.state];
  return card(
    block.state === "cancelled" ? "close" : "check",
    title,
    h("p", {}, block.title),
    h("p", { class: "when" }, h("time", { datetime: block.start }, block.when)),
    actions.childElementCount > 0 && actions,
  );
}

export function trial(block: TrialBlock, stage: DoingStage): Drawn {
  const { more } = stage;
  const title = { mail_sent: more.trialMail, verified: more.trialVerified, exists: more.trialExists }[block.state];
  const shown = card(block.state === "mail_sent" ? "mail" : "check", title, h("p", {}, block.text));
  const { prompt = "" } = block;
  if (prompt === "") return { element: shown };
  const { element: actions, update } = closing("", again(prompt, block.again_after_s ?? 0, stage), stage);
  actions.className = "again";
  shown.querySelector(".about")?.append(actions);
  return update === undefined ? { element: shown } : { element: shown, update };
}

/** What helps when the mail does not come. A second one is not sent at once: the first may be on its way. */
function again(prompt: string, afterS: number, stage: DoingStage): HTMLElement {
  const { more } = stage;
  const wait = h("span", { class: "detail", "aria-hidden": "true" });
  const button = (
    part: string,
    value: string,
    label: string,
    said: string,
    ...rest: HTMLElement[]
  ): HTMLButtonElement =>
    h(
      "button",
      { type: "button", class: "button", part, "data-value": value, click: () => stage.choose(prompt, value, said) },
      label,
      ...rest,
    );
  const resend = button("trial-again", "again", more.trialAgain, more.trialAgainSay, wait);
  const ready = Date.now() + afterS * 1000;
  const look = (): void => {
    const left = Math.ceil((ready - Date.now()) / 1000);
    resend.disabled = left > 0;
    wait.textContent = left > 0 ? more.trialAgainIn(left) : "";
    if (left > 0) setTimeout(look, 1000);
  };
  look();
  return h("p", { class: "actions" }, resend, button("trial-other", "address", more.trialOther, more.trialOtherSay));
}

export function cart(block: CartBlock, stage: DoingStage): HTMLElement {
  const { more } = stage;
  const rows = block.items.map((item) =>
    h(
      "tr",
      {},
      h(
        "td",
        {},
        more.quantity(item.quantity, item.plan),
        h("span", { class: "detail" }, " ", h("bdi", {}, item.unit_price)),
      ),
      h("td", { class: "number" }, h("bdi", {}, item.total)),
    ),
  );
  const period = block.period === "month" ? more.perMonth : more.perYear;
  const sum = h(
    "tr",
    {},
    h("th", { scope: "row" }, more.total),
    h("td", { class: "number" }, h("bdi", {}, block.total), ` ${period}`),
  );
  const href = safeUrl(block.checkout_url, stage.base);
  return card(
    "cart",
    more.cart,
    h("table", {}, h("tbody", {}, ...rows), h("tfoot", {}, sum)),
    block.note !== "" && h("p", { class: "hint" }, block.note),
    h("p", { class: "hint" }, more.cartHint),
    href !== null &&
      h(
        "p",
        { class: "actions" },
        link(href, { class: "button primary", part: "checkout" }, more.checkout, icon("out")),
      ),
  );
}

export function handoff(block: HandoffBlock, stage: DoingStage): HTMLElement {
  const { more } = stage;
  const title = { asked: more.asked, joined: more.joined, nobody: more.nobody }[block.state];
  return card(block.state === "nobody" ? "mail" : "people", title, block.text !== "" && h("p", {}, block.text));
}
