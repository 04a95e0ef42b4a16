/** Watches for the moment of a message that is shown unasked. Who allowed something is asked for at the server. */
import type { Close, Texts, Words } from "./card.ts";
import type { FrontDesk } from "../define.ts";

/** False where every message needs consent: then those who allowed nothing are not watched for any. */
declare const HAS_CARD: boolean;

/** One rule, as the server bakes it into the served loader: short names, for they travel with every page. */
interface Rule {
  readonly k: string;
  /** Patterns of the path with a slash after it, and of the time zone; without one all fit. */
  readonly p?: string;
  readonly z?: string;
  /** Seconds, visits, percent scrolled, leaving. */
  readonly s: number;
  readonly v?: number;
  readonly d?: number;
  readonly e?: number;
  readonly l?: readonly string[];
  /** By language; only of what may be shown without asking. */
  readonly t?: Readonly<Record<string, Texts>>;
}

export interface Baked {
  readonly r: readonly Rule[];
  /** The languages of the texts, the site's own first. */
  readonly g?: readonly string[];
  readonly w?: Readonly<Record<string, Words>>;
  /** Quiet from and to, as "21:00", on the visitor's clock. */
  readonly q?: readonly [string, string];
  /** The share of page loads that are held out where nobody is known. */
  readonly h?: number;
  /** Whether customers in the help panel see them too. */
  readonly c?: number;
}

/** What was seen when a message would be shown; the server looks at it again. */
export type Seen = readonly [seconds: number, visits: number, scrolled: number, leaving: boolean];

export function watch(
  { r, g = [], w, q, h = 0, c }: Baked,
  element: FrontDesk,
  kept: string,
  spoken: string,
  load: () => Promise<FrontDesk>,
): void {
  const { site, mode } = element.dataset;
  const page = document.documentElement;
  const off = `frontdesk:${site}.off`;
  try {
    // Kept at the visitor's own wish, whatever else may be kept.
    if (localStorage[off]) return;
  } catch {
    // Blocked storage remembers nothing, that neither.
  }
  // Nobody is known without consent: each page load draws anew whether it is held out.
  if ((mode === "help" && !c) || (!kept && (!HAS_CARD || Math.random() < h))) return;
  const language = g.includes(spoken) ? spoken : g[0]!;
  // The first use of Intl costs a page more than all else here: only rules that name zones pay it.
  const isThere = (zones?: string): boolean =>
    !zones || !!Intl.DateTimeFormat().resolvedOptions().timeZone.match(zones);
  const came: Record<string, number> = {};
  let path = "";
  let seconds = 0;
  let scrolled = 0;
  let rules: readonly Rule[] = [];

  const arrive = (): void => {
    path = location.pathname;
    seconds = scrolled = 0;
    rules = r.filter(
      ({ p = "", l, z, t }) =>
        `${path}/`.match(p) && (!l || l.includes(language)) && (!HAS_CARD || kept || t) && isThere(z),
    );
    // Visits are counted where something may be kept, and only of pages that a message waits on.
    for (const { k, v } of rules) {
      if ((HAS_CARD && !kept) || !v) continue;
      const store: Record<string, unknown> = kept.includes('"remembered"') ? localStorage : sessionStorage;
      const key = `frontdesk:${site}:${k}`;
      store[key] = came[k] = +(store[key] ?? 0) + 1;
    }
  };
  const look = (leaving: boolean): void => {
    if ("open" in element.dataset) return stop();
    const clock = new Date().toTimeString().slice(0, 5);
    // Two of the three hold within the hours, also where they run over midnight.
    if (q && +(clock >= q[0]) + +(clock < q[1]) + +(q[0] > q[1]) > 1) return;
    const rule = rules.find(
      ({ k, s, v = 0, d = 0, e }) => seconds >= s && scrolled >= d && (came[k] ?? 0) >= v && leaving === !!e,
    );
    if (!rule) return;
    const { k, t } = rule;
    rules = rules.filter((one) => one !== rule);
    if (!HAS_CARD || kept) {
      void load()
        .then((ready) => ready.nudge(k, [seconds, came[k] ?? 1, scrolled, leaving]))
        // A server that is away shows nothing, and the page goes on.
        .then((shown) => shown && stop(), stop);
    } else {
      stop();
      const done: Close = (act, reply) => {
        if (act === "open") void load().then((ready) => ready.begin(k, reply));
        else if (act === "off") localStorage[off] = 1;
      };
      element.card?.(w![language]!, t![language]!, done);
    }
  };
  const timer = setInterval(() => {
    if (document.hidden) return;
    if (location.pathname !== path) arrive();
    seconds += 1;
    scrolled = Math.max(scrolled, (100 * (scrollY + innerHeight)) / page.scrollHeight);
    look(false);
  }, 1000);
  const stop = (): void => {
    clearInterval(timer);
    rules = [];
  };
  if (matchMedia("(hover:hover)").matches)
    page.addEventListener("mouseleave", ({ clientY }) => clientY <= 0 && look(true));
}
