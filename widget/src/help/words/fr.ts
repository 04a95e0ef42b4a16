/** French words of the help panel. */
import { counted } from "../../i18n/counted.ts";
import type { HelpWords } from "./en.ts";

const count = counted("fr");

export const words: HelpWords = {
  how: "Comment pouvons-nous aider ?",
  search: "Rechercher un article",
  clear: "Effacer la recherche",
  results: "Résultats",
  articles: (n) => count(n, { one: "# article", other: "# articles" }),
  noneFor: (query) => `Rien trouvé pour « ${query} »`,
  ask: "Poser une question",
  askSame: "Demander à l’assistant",
  contact: "Nous contacter",
  goOn: "Reprendre la conversation",
  earlier: "Toutes les conversations",
  start: "Premiers pas",
  steps: (done, n) => (done < n ? `${done} sur ${n} terminées` : "Tout est terminé"),
  featured: "Articles populaires",
  topics: "Thèmes",
  article: "Article",
  back: "Retour",
  loading: "Chargement",
  retry: "Réessayer",
  troubles: {
    offline: "Vous êtes hors ligne.",
    not_found: "Cet article ne peut pas être lu ici.",
    too_fast: "C’était beaucoup à la fois. Patientez un instant.",
    signed_out: "Connectez-vous pour voir vos conversations.",
    failed: "Cela n’a pas fonctionné.",
  },
};
