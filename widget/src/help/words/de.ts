/** German words of the help panel. */
import { counted } from "../../i18n/counted.ts";
import type { HelpWords } from "./en.ts";

const count = counted("de");

export const words: HelpWords = {
  how: "Wie können wir helfen?",
  search: "Artikel durchsuchen",
  clear: "Suche leeren",
  results: "Suchergebnisse",
  articles: (n) => count(n, { one: "# Artikel", other: "# Artikel" }),
  noneFor: (query) => `Nichts gefunden zu „${query}“`,
  ask: "Frage stellen",
  askSame: "Assistenten fragen",
  contact: "Kontakt aufnehmen",
  goOn: "Gespräch fortsetzen",
  earlier: "Alle Gespräche",
  start: "Erste Schritte",
  steps: (done, n) => (done < n ? `${done} von ${n} erledigt` : "Alles erledigt"),
  featured: "Beliebte Artikel",
  topics: "Themen",
  article: "Artikel",
  back: "Zurück",
  loading: "Wird geladen",
  retry: "Erneut versuchen",
  troubles: {
    offline: "Sie sind offline.",
    not_found: "Das kann hier nicht gelesen werden.",
    too_fast: "Das war viel auf einmal. Warten Sie einen Moment.",
    signed_out: "Melden Sie sich an, um Ihre Gespräche zu sehen.",
    failed: "Das hat nicht geklappt.",
  },
};
