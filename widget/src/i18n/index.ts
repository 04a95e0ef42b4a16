/** Finds the words for a language; every language but English arrives only when it is needed. */
import { en, type Language } from "./en.ts";

const OTHERS: Readonly<Record<string, () => Promise<{ words: Language }>>> = {
  de: () => import("./de.ts"),
  fr: () => import("./fr.ts"),
  es: () => import("./es.ts"),
  ar: () => import("./ar.ts"),
};
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

const primary = (locale: string): string => locale.toLowerCase().split("-")[0] ?? "en";

export async function wordsFor(locale: string): Promise<Language> {
  const load = OTHERS[primary(locale)];
  // A missing language file must not cost the visitor the chat.
  return load === undefined
    ? en
    : load().then(
        (file) => file.words,
        () => en,
      );
}

export const directionOf = (locale: string): "rtl" | "ltr" => (RIGHT_TO_LEFT.has(primary(locale)) ? "rtl" : "ltr");

/** The language of the words that a locale gets: English where there are none of its own. */
export const spokenIn = (locale: string): string => (primary(locale) in OTHERS ? primary(locale) : "en");

export { written } from "./counted.ts";
export { en, type Language };
