import { counted } from "../../../i18n/counted.ts";
import type { TogetherWords } from "./en.ts";

const count = counted("es");

export const words: TogetherWords = {
  writing: (name) => `${name} está escribiendo`,
  seen: "Leído",
  attach: "Adjuntar un archivo",
  drop: "Suelte para adjuntar",
  files: "Archivos por enviar",
  waiting: "Esperando conexión",
  sending: (percent) => `Enviando, ${percent}`,
  attached: (name) => `Adjuntado: ${name}`,
  cancel: (name) => `No enviar ${name}`,
  retry: "Intentar de nuevo",
  download: (name) => `Descargar ${name}`,
  missing: "Este archivo ya no se puede abrir.",
  tooLarge: (most) => `Demasiado grande. Caben hasta ${most}.`,
  kind: (kinds) => `No se pueden adjuntar archivos de este tipo. Sí se pueden: ${kinds}.`,
  many: "No se pueden adjuntar más archivos a esta conversación.",
  refused: "Ahora no se puede adjuntar nada.",
  damaged: "Esta imagen está dañada.",
  failed: "No se pudo enviar.",
  left: (n) => count(n, { one: "queda # carácter", other: "quedan # caracteres" }),
  sound: "Sonido",
  unread: (n) => count(n, { one: "# mensaje nuevo", other: "# mensajes nuevos" }),
};
