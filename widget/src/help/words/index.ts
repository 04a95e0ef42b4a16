/** Finds the help panel's words for a language: only the one that is read is fetched. */
import type { HelpWords } from "./en.ts";

const FILES: Readonly<Record<string, () => Promise<{ readonly words: HelpWords }>>> = {
  en: () => import("./en.ts"),
  de: () => import("./de.ts"),
  fr: () => import("./fr.ts"),
  es: () => import("./es.ts"),
  ar: () => import("./ar.ts"),
};

export const wordsFor = async (language: string): Promise<HelpWords> =>
  (await (FILES[language] ?? FILES["en"]!)()).words;
