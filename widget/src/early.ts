/** Sends for the words while the rest of this file is still being read: the first paint waits for them. */
import { wordsFor } from "./i18n/index.ts";

const { locale } = document.querySelector<HTMLElement>("front-desk")?.dataset ?? {};
void wordsFor(locale || document.documentElement.lang || navigator.language).catch(() => undefined);
