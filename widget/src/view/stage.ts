/** What the parts of the view may ask for, and what a drawn block can be told later. */
import type { Conversation } from "../wire/conversation.ts";
import type { AttachedFile, Citation, Rate } from "../generated/protocol.ts";
import type { Language } from "../i18n/index.ts";
import type { AnswerWords } from "./words/answering/en.ts";

export interface Stage {
  readonly words: Language;
  readonly locale: string;
  /** The language of the words. */
  readonly language: string;
  /** Our server: relative links of blocks belong to it. */
  readonly base: string;
  /** Adopts the styles of a part that was fetched later; twice does no harm. */
  style(css: string): void;
  /** The site's own words on what happens with personal details, shown where they are asked for. */
  privacy(): { readonly text: string; readonly url: string | null };
  say(text: string): void;
  /** The choice of what may be kept. */
  consent(): void;
  /** With the zone in which a time was chosen, when the visitor switched it. */
  choose(prompt: string, value: string, label: string, zone?: string): void;
  submit(prompt: string, fields: Record<string, string>): void;
  rate(turn: string, value: Rate["value"], about: NonNullable<Rate["about"]>, reason: string): void;
  /** Where focus goes when the control that had it is gone. */
  refocus(): void;
  /** The cards of files; null while the part that draws them is not here. */
  files(files: readonly AttachedFile[]): HTMLElement | null;
  retry(id: string): void;
  discard(id: string): void;
}

/** The same for what is part of an answer. */
export interface AnswerStage extends Stage {
  readonly answer: AnswerWords;
  readonly source: SourceStage;
}

export interface SourceStage {
  peek(chip: HTMLElement, citation: Citation): void;
  pin(chip: HTMLElement, citation: Citation): void;
  leave(): void;
}

/** Looks a citation up when it is wanted: sources arrive after the words they support. */
export type FindCitation = (n: number) => Citation | undefined;

export interface Drawn {
  readonly element: HTMLElement;
  /** Called when the conversation moved on; `isOpen` says whether an answer is still taken. */
  update?(now: Conversation, isOpen: boolean): void;
}

/** What was refused, in the visitor's language where we have words for it. */
export function said(problem: { readonly code: string; readonly message: string } | null, words: Language): string {
  if (problem === null) return "";
  // A code may be any word, `constructor` too.
  return (Object.hasOwn(words.problems, problem.code) && words.problems[problem.code]) || problem.message;
}

export function dateText(iso: string, locale: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  // A date without a time is a day, not an instant: reading it in UTC keeps it that day everywhere.
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(at);
}

export function timeText(iso: string, locale: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const isToday = at.toDateString() === new Date().toDateString();
  const style = isToday ? ({ timeStyle: "short" } as const) : ({ dateStyle: "medium", timeStyle: "short" } as const);
  return new Intl.DateTimeFormat(locale, style).format(at);
}
