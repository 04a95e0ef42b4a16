/** French words of the views behind the first one. */
import type { ReadingWords } from "./en.ts";

export const words: ReadingWords = {
  noConversations: "Aucune conversation pour l’instant.",
  begin: "Nouvelle conversation",
  withPerson: "Avec notre équipe",
  isOpen: "Ouverte",
  openStep: "Ouvrir",
  onPage: "Sur cette page",
  wasHelpful: "Cela vous a-t-il aidé ?",
  yes: "Oui",
  no: "Non",
  whatWrong: "Qu’est-ce qui ne va pas ?",
  needText: "Décrivez ce qui ne va pas.",
  alongside: "Envoyé avec votre message",
  page: "Cette page",
  version: "Version de l’application",
  lastError: "Dernière erreur",
  sendIt: "Envoyer à notre équipe",
  answerHere: "La réponse arrive ici, dans votre conversation.",
  updated: (date) => `Mis à jour le ${date}`,
  copy: "Copier",
  copied: "Copié",
  code: "Code",
  thanks: "Merci. C’est noté.",
  whatMissing: "Que manquait-il ?",
  send: "Envoyer",
};
