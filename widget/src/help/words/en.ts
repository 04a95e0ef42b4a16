/** English, and the shape that every other language fills: words that only the help panel shows. */
import { counted } from "../../i18n/counted.ts";

const count = counted("en");

export const words = {
  how: "How can we help?",
  search: "Search for articles",
  clear: "Clear search",
  results: "Search results",
  articles: (n: number) => count(n, { one: "# article", other: "# articles" }),
  noneFor: (query: string) => `Nothing found for “${query}”`,
  ask: "Ask a question",
  askSame: "Ask the assistant",
  contact: "Contact us",
  goOn: "Continue your conversation",
  earlier: "All conversations",
  start: "Get started",
  steps: (done: number, n: number) => (done < n ? `${done} of ${n} done` : "All done"),
  featured: "Popular articles",
  topics: "Topics",
  article: "Article",
  back: "Back",
  loading: "Loading",
  retry: "Try again",
  troubles: {
    offline: "You are offline.",
    not_found: "This can not be read here.",
    too_fast: "That was a lot at once. Wait a moment.",
    signed_out: "Sign in to see your conversations.",
    failed: "That did not work.",
  } as Readonly<Record<string, string>>,
};

export type HelpWords = typeof words;
