/** Finds the words for a language: the one file that is needed arrives with the first open. */
import type { Language } from "./en.ts";

const english = (): Promise<{ words: Language }> => import("./en.ts");
const OTHERS: Readonly<Record<string, () => Promise<{ words: Language }>>> = {
  de: () => import("./de.ts"),
  fr: () => import("./fr.ts"),
  es: () => import("./es.ts"),
  ar: () => import("./ar.ts"),
};
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

const primary = (locale: string): string => locale.toLowerCase().split("-")[0] ?? "en";

export async function wordsFor(locale: string): Promise<Language> {
  // A missing language file must not cost the visitor the chat.
  const file = await (OTHERS[spokenIn(locale)] ?? english)().catch(english);
  return file.words;
}

export const directionOf = (locale: string): "rtl" | "ltr" => (RIGHT_TO_LEFT.has(primary(locale)) ? "rtl" : "ltr");

/** The language of the words that a locale gets: English where there are none of its own. */
export const spokenIn = (locale: string): string => (Object.hasOwn(OTHERS, primary(locale)) ? primary(locale) : "en");

export { written } from "./counted.ts";
export type { Language };
