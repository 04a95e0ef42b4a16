/** The conversation as a text file: who said what and when, with the pages that were quoted. */
import type { Conversation, Entry } from "../wire/conversation.ts";
import type { Language } from "../i18n/index.ts";
import { h } from "./dom.ts";
import { blockText } from "./plain.ts";
import type { DoingWords } from "./words/doing/en.ts";

export interface Keeping {
  readonly words: Language;
  readonly more: DoingWords;
  readonly locale: string;
  readonly base: string;
  readonly zone?: string;
}

/** `at` is when it was saved. */
export function keepsake(now: Conversation, keeping: Keeping, at: Date): string {
  const { more, locale, zone } = keeping;
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, zone === undefined ? options : { ...options, timeZone: zone });
  const saved = format({ dateStyle: "long", timeStyle: "long" });
  const day = format({ dateStyle: "full" });
  const clock = format({ timeStyle: "short" });
  const lines = [more.transcriptOf(now.site?.name ?? ""), more.saved(saved.format(at))];
  let last = "";
  for (const entry of now.entries) {
    const when = new Date(entry.kind === "turn" ? entry.at : entry.message.at);
    const today = Number.isNaN(when.getTime()) ? "" : day.format(when);
    if (today !== last) lines.push("", today);
    last = today;
    const time = today === "" ? "" : clock.format(when);
    lines.push("", ...told(entry, now, keeping, time));
  }
  return `${lines.join("\n")}\n`;
}

function told(entry: Entry, now: Conversation, { words, more, base }: Keeping, time: string): readonly string[] {
  if (entry.kind === "turn") {
    const said = entry.pieces.filter(({ block }) => block.kind !== "sources" && block.kind !== "pages");
    const name = now.site?.assistant || more.assistant;
    const pages = entry.pieces.flatMap(({ block }) => {
      if (block.kind === "sources")
        return [more.sources, ...block.citations.map((one) => `[${one.n}] ${one.title}: ${absolute(one.url, base)}`)];
      if (block.kind === "pages")
        return [more.pages, ...block.pages.map((one) => `- ${one.title}: ${absolute(one.url, base)}`)];
      return [];
    });
    return [`${time} ${name}`.trim(), ...said.map(({ block }) => blockText(block)), ...pages];
  }
  const { author, name, text, files } = entry.message;
  const attached = (files ?? []).map((file) => `- ${file.name}`);
  if (author === "system") return [`${time} · ${text}`.trim(), ...attached];
  const who = author === "visitor" ? words.you : (name ?? words.personAuthor);
  return [`${time} ${who}`.trim(), ...(text === "" ? [] : [text]), ...attached];
}

function absolute(url: string, base: string): string {
  try {
    return new URL(url, base).href;
  } catch {
    return url;
  }
}

/** Hands a file to the browser's downloads. */
export function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
