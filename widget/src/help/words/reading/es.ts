/** Spanish words of the views behind the first one. */
import type { ReadingWords } from "./en.ts";

export const words: ReadingWords = {
  noConversations: "Todavía no hay conversaciones.",
  begin: "Nueva conversación",
  withPerson: "Con nuestro equipo",
  isOpen: "Abierta",
  openStep: "Abrir",
  onPage: "En esta página",
  wasHelpful: "¿Le ha sido útil?",
  yes: "Sí",
  no: "No",
  whatWrong: "¿Qué no funciona?",
  needText: "Describa qué no funciona.",
  alongside: "Se envía junto",
  page: "Esta página",
  version: "Versión de la aplicación",
  lastError: "Último error",
  sendIt: "Enviar a nuestro equipo",
  answerHere: "La respuesta llega aquí, a su conversación.",
  updated: (date) => `Actualizado el ${date}`,
  copy: "Copiar",
  copied: "Copiado",
  code: "Código",
  thanks: "Gracias. Anotado.",
  whatMissing: "¿Qué faltaba?",
  send: "Enviar",
};
