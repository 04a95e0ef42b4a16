/** Where the visitor is: the address without query and fragment, which may carry what is none of our business. */
import type { Page } from "../generated/protocol.ts";

export function currentPage(): Page {
  const { protocol, host, pathname } = location;
  return { url: `${protocol}//${host}${pathname}`.slice(0, 2048), title: document.title.slice(0, 300) };
}

interface Navigation extends EventTarget {
  readonly currentEntry: object | null;
}

/** Calls back when the host page moves on without a load. Patches nothing of the host's. */
export function onMove(moved: () => void): () => void {
  let at = currentPage().url;
  const look = (): void => {
    // The new title is set after the address in most routers.
    setTimeout(() => {
      const { url } = currentPage();
      if (url === at) return;
      at = url;
      moved();
    }, 50);
  };
  const navigation = (window as Window & { readonly navigation?: Navigation }).navigation;
  navigation?.addEventListener("currententrychange", look);
  window.addEventListener("popstate", look);
  return () => {
    navigation?.removeEventListener("currententrychange", look);
    window.removeEventListener("popstate", look);
  };
}
