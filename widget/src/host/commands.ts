/** The commands of a host page: kept until the panel is there, which only `open` and `ask` load. */
import type { FrontDesk } from "../define.ts";
import type { Api, Told } from "./public.ts";

export interface Commands extends Api {
  /** Fetches the panel; a load that failed is tried again. */
  load(): Promise<FrontDesk>;
}

/** Further than this back nobody looks. */
const KEPT = 50;

export function commands(found: Promise<FrontDesk>, panel: string): Commands {
  let loading: Promise<unknown> | undefined;
  const load = async (): Promise<FrontDesk> => {
    // A classic script can not import statically.
    loading ??= import(panel).catch((problem: unknown) => {
      loading = undefined;
      throw problem;
    });
    await loading;
    return found;
  };
  /** Left on the element, which takes it along once it talks to the server. */
  const leave = (put: (element: FrontDesk) => void): void =>
    void found.then((element) => {
      put(element);
      element.take?.();
    });
  return {
    load,
    // Nobody opens what was taken away meanwhile.
    open: async (where) => (await load()).open?.(where),
    close: () => loading && void load().then((element) => element.close()),
    ask: async (text) => (await load()).ask?.(text),
    identify: (identity) => leave((element) => (element.identity = identity)),
    track: (name, properties = {}) =>
      leave((element) => (element.tracked = [...(element.tracked ?? []), [name, properties] as const].slice(-KEPT))),
    on(type, then) {
      const stop = new AbortController();
      const heard = (event: Event): void => {
        const told = (event as CustomEvent<Told>).detail;
        if (told.type === type) then(told as Parameters<typeof then>[0]);
      };
      void found.then((element) => element.addEventListener("frontdesk", heard, stop));
      return () => stop.abort();
    },
  };
}
