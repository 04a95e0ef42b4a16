import { counted } from "../../../i18n/counted.ts";
import type { TogetherWords } from "./en.ts";

const count = counted("de");

export const words: TogetherWords = {
  writing: (name) => `${name} schreibt`,
  seen: "Gelesen",
  attach: "Datei anhängen",
  drop: "Zum Anhängen loslassen",
  files: "Dateien, die gesendet werden",
  waiting: "Wartet auf eine Verbindung",
  sending: (percent) => `Wird gesendet, ${percent}`,
  attached: (name) => `Angehängt: ${name}`,
  cancel: (name) => `${name} nicht senden`,
  retry: "Erneut versuchen",
  download: (name) => `${name} herunterladen`,
  missing: "Diese Datei lässt sich nicht mehr öffnen.",
  tooLarge: (most) => `Zu groß. Bis zu ${most} passen.`,
  kind: (kinds) => `Dateien dieser Art lassen sich nicht anhängen. Möglich sind: ${kinds}.`,
  many: "An diese Unterhaltung lassen sich keine weiteren Dateien anhängen.",
  refused: "Zurzeit lässt sich nichts anhängen.",
  damaged: "Dieses Bild ist beschädigt.",
  failed: "Es konnte nicht gesendet werden.",
  left: (n) => count(n, { one: "noch # Zeichen", other: "noch # Zeichen" }),
  sound: "Ton",
  unread: (n) => count(n, { one: "# neue Nachricht", other: "# neue Nachrichten" }),
};
