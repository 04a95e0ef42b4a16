/** German words of the views behind the first one. */
import type { ReadingWords } from "./en.ts";

export const words: ReadingWords = {
  noConversations: "Noch keine Gespräche.",
  begin: "Neues Gespräch",
  withPerson: "Mit unserem Team",
  isOpen: "Offen",
  openStep: "Öffnen",
  onPage: "Auf dieser Seite",
  wasHelpful: "War das hilfreich?",
  yes: "Ja",
  no: "Nein",
  whatWrong: "Was funktioniert nicht?",
  needText: "Beschreiben Sie, was nicht funktioniert.",
  alongside: "Wird mitgeschickt",
  page: "Diese Seite",
  version: "App-Version",
  lastError: "Letzter Fehler",
  sendIt: "An unser Team senden",
  answerHere: "Die Antwort kommt hier, in Ihrem Gespräch.",
  updated: (date) => `Aktualisiert: ${date}`,
  copy: "Kopieren",
  copied: "Kopiert",
  code: "Code",
  thanks: "Danke. Notiert.",
  whatMissing: "Was hat gefehlt?",
  send: "Senden",
};
