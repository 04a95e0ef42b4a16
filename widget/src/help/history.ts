/** The reader's conversations, from whatever device they were had. */
import { h, type Child } from "../view/dom.ts";
import { timeText } from "../view/stage.ts";
import { button, glyph, openPast, rows, type Kit } from "./kit.ts";
import { past as asPast, type Past } from "./shapes.ts";

export async function history(kit: Kit): Promise<readonly Child[]> {
  const { more, stage, api } = kit;
  const detail = (one: Past): HTMLElement =>
    h(
      "span",
      { class: "detail" },
      timeText(one.at, stage.locale),
      one.with_person && ` · ${more.withPerson}`,
      one.is_open && h("span", { class: "tag" }, more.isOpen),
    );
  const { conversations } = await api.get("/conversations", asPast);
  const row = (one: Past): Parameters<typeof rows>[0][number] => ({
    part: "past",
    sign: glyph("bubble"),
    title: one.title || one.last,
    detail: detail(one),
    click: () => openPast(kit, one.id),
  });
  return [
    conversations.length === 0 ? h("p", { class: "trouble" }, more.noConversations) : rows(conversations.map(row)),
    h(
      "p",
      { class: "actions" },
      button(more.begin, "begin", () => openPast(kit, null)),
    ),
  ];
}
