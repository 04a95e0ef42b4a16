/** Finds the words of the views behind the first one: only the language that is read is fetched. */
import type { ReadingWords } from "./en.ts";

const FILES: Readonly<Record<string, () => Promise<{ readonly words: ReadingWords }>>> = {
  en: () => import("./en.ts"),
  de: () => import("./de.ts"),
  fr: () => import("./fr.ts"),
  es: () => import("./es.ts"),
  ar: () => import("./ar.ts"),
};

export const wordsFor = async (language: string): Promise<ReadingWords> =>
  (await (FILES[language] ?? FILES["en"]!)()).words;
