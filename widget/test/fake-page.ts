/** As much of a browser's page as a session looks at, made anew for every test. */

class FakeStore {
  readonly #kept = new Map<string, string>();
  getItem(key: string): string | null {
    return this.#kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#kept.set(key, value);
    Object.defineProperty(this, key, { value, enumerable: true, configurable: true });
  }
  removeItem(key: string): void {
    this.#kept.delete(key);
    Reflect.deleteProperty(this, key);
  }
}

export interface FakePage {
  visibilityState: "visible" | "hidden";
  title: string;
  readonly session: FakeStore;
  readonly local: FakeStore;
}

export function aPage(before: Partial<FakePage> = {}): FakePage {
  const page: FakePage = {
    visibilityState: "visible",
    title: "A page",
    session: before.session ?? new FakeStore(),
    local: before.local ?? new FakeStore(),
  };
  const put = (name: string, value: object): void => {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  };
  put("document", page);
  put("location", { protocol: "https:", host: "host.example", pathname: "/" });
  put("window", { sessionStorage: page.session, localStorage: page.local });
  put("navigator", {});
  return page;
}
