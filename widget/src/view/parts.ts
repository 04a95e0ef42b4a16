/** The parts of the panel that the first open does not need; fetched when the page is idle after it, or when wanted. */
import { Part } from "./part.ts";
import type { DoingWords } from "./words/doing/en.ts";

/** What the assistant says: answers with their chips, source card, thumbs. */
export const answering = new Part(() => import("./answering.ts"));

/** What is done in a conversation: free times, forms, outcomes, the sheet of consent. */
type Doing = typeof import("./doing.ts") & { readonly more: DoingWords };
const DOING_WORDS = {
  en: () => import("./words/doing/en.ts"),
  de: () => import("./words/doing/de.ts"),
  fr: () => import("./words/doing/fr.ts"),
  es: () => import("./words/doing/es.ts"),
  ar: () => import("./words/doing/ar.ts"),
};
const doing = new Map<string, Part<Doing>>();

/** That part with its words in a language that `spokenIn` named. */
export function doingIn(language: string): Part<Doing> {
  const standing = doing.get(language);
  if (standing !== undefined) return standing;
  const words = DOING_WORDS[language as keyof typeof DOING_WORDS] ?? DOING_WORDS.en;
  const part = new Part(async () => {
    const [module, { words: more }] = await Promise.all([import("./doing.ts"), words()]);
    return { ...module, more };
  });
  doing.set(language, part);
  return part;
}

const WORDS = {
  en: new Part(() => import("./words/answering/en.ts")),
  de: new Part(() => import("./words/answering/de.ts")),
  fr: new Part(() => import("./words/answering/fr.ts")),
  es: new Part(() => import("./words/answering/es.ts")),
  ar: new Part(() => import("./words/answering/ar.ts")),
};

/** The part of answers with its words in a language that `spokenIn` named. */
export const answersIn = (language: string) =>
  Promise.all([answering.get(), (WORDS[language as keyof typeof WORDS] ?? WORDS.en).get()]);

/** What goes on between two who look at one conversation: files, typing, reading, what was missed. */
export const together = new Part(() => import("./together.ts"));

const TOGETHER_WORDS = {
  en: new Part(() => import("./words/together/en.ts")),
  de: new Part(() => import("./words/together/de.ts")),
  fr: new Part(() => import("./words/together/fr.ts")),
  es: new Part(() => import("./words/together/es.ts")),
  ar: new Part(() => import("./words/together/ar.ts")),
};

/** That part with its words in a language that `spokenIn` named. */
export const togetherIn = (language: string) =>
  Promise.all([together.get(), (TOGETHER_WORDS[language as keyof typeof TOGETHER_WORDS] ?? TOGETHER_WORDS.en).get()]);
