import { counted } from "../../../i18n/counted.ts";
import type { TogetherWords } from "./en.ts";

const count = counted("fr");

export const words: TogetherWords = {
  writing: (name) => `${name} écrit`,
  seen: "Lu",
  attach: "Joindre un fichier",
  drop: "Déposez pour joindre",
  files: "Fichiers à envoyer",
  waiting: "En attente d’une connexion",
  sending: (percent) => `Envoi, ${percent}`,
  attached: (name) => `Joint : ${name}`,
  cancel: (name) => `Ne pas envoyer ${name}`,
  retry: "Réessayer",
  download: (name) => `Télécharger ${name}`,
  missing: "Ce fichier ne peut plus être ouvert.",
  tooLarge: (most) => `Trop volumineux. Jusqu’à ${most}.`,
  kind: (kinds) => `Ce type de fichier ne peut pas être joint. Types acceptés : ${kinds}.`,
  many: "Aucun autre fichier ne peut être joint à cette conversation.",
  refused: "Rien ne peut être joint pour le moment.",
  damaged: "Cette image est endommagée.",
  failed: "L’envoi a échoué.",
  left: (n) => count(n, { one: "# caractère restant", other: "# caractères restants" }),
  sound: "Son",
  unread: (n) => count(n, { one: "# nouveau message", other: "# nouveaux messages" }),
};
