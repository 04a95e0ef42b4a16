/** Spanish words of the help panel. */
import { counted } from "../../i18n/counted.ts";
import type { HelpWords } from "./en.ts";

const count = counted("es");

export const words: HelpWords = {
  how: "¿Cómo podemos ayudar?",
  search: "Buscar artículos",
  clear: "Borrar la búsqueda",
  results: "Resultados",
  articles: (n) => count(n, { one: "# artículo", other: "# artículos" }),
  noneFor: (query) => `Nada sobre «${query}»`,
  ask: "Hacer una pregunta",
  askSame: "Preguntar al asistente",
  contact: "Contactar",
  goOn: "Continuar la conversación",
  earlier: "Todas las conversaciones",
  start: "Primeros pasos",
  steps: (done, n) => (done < n ? `${done} de ${n} hechos` : "Todo hecho"),
  featured: "Artículos populares",
  topics: "Temas",
  article: "Artículo",
  back: "Atrás",
  loading: "Cargando",
  retry: "Reintentar",
  troubles: {
    offline: "Está sin conexión.",
    not_found: "Esto no se puede leer aquí.",
    too_fast: "Fue mucho de una vez. Espere un momento.",
    signed_out: "Inicie sesión para ver sus conversaciones.",
    failed: "No ha funcionado.",
  },
};
