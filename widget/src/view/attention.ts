/** What reaches a visitor who looks elsewhere: the launcher's name, the page's title, and a tone for who wants one. */
import type { TogetherWords } from "./words/together/en.ts";
import { h } from "./dom.ts";

type Told = { readonly type: string; readonly author?: string; readonly count?: number };

/** Keeps small things of a visitor who allowed it. */
export interface Notes {
  read(name: string): string | null;
  write(name: string, value: string): void;
}

export class Attention {
  readonly #host: HTMLElement;
  readonly #words: TogetherWords;
  readonly #notes: Notes;
  readonly #title = new Title();
  readonly #switch: HTMLButtonElement;
  readonly #badge = h("span", { class: "badge-count", "aria-hidden": "true" });
  #isSounding: boolean;
  #audio: AudioContext | null = null;
  #missed = 0;

  constructor(host: HTMLElement, words: TogetherWords, notes: Notes, menu: Element | null) {
    this.#host = host;
    this.#words = words;
    this.#notes = notes;
    this.#isSounding = notes.read("sound") === "on";
    this.#switch = h(
      "button",
      {
        type: "button",
        part: "menu-sound",
        role: "switch",
        class: "sound",
        click: () => this.#turn(),
      },
      bell(),
      words.sound,
    );
    const beside = [...(menu?.querySelectorAll("[role=switch]") ?? [])].at(-1);
    if (beside === undefined) menu?.append(this.#switch);
    else beside.after(this.#switch);
    this.#showSound();
    // Browsers play nothing before somebody has touched the page.
    if (this.#isSounding) host.addEventListener("pointerdown", () => this.#ready(), { once: true });
  }

  listen(signal: AbortSignal): void {
    const seen = (): void => this.#title.count((this.#missed = 0));
    const heard = (event: Event): void => this.#heard((event as CustomEvent<Told>).detail);
    const looked = (): void => void (document.visibilityState === "visible" && seen());
    this.#host.addEventListener("frontdesk", heard, { signal });
    document.addEventListener("visibilitychange", looked, { signal });
    // Nobody is left who would give the page its own title back.
    signal.addEventListener("abort", seen);
  }

  /** The consent may have changed: what is kept goes by it. */
  note(): void {
    if (this.#notes.read("sound") !== null || this.#isSounding)
      this.#notes.write("sound", this.#isSounding ? "on" : "");
  }

  #heard(told: Told): void {
    if (told.type === "unread") this.name(told.count ?? 0);
    if (told.type !== "message" || told.author === "visitor") return;
    if (document.visibilityState === "hidden" && this.#host.dataset["title"] !== "off")
      this.#title.count((this.#missed += 1));
    const isWatched = document.visibilityState === "visible" && document.hasFocus() && "open" in this.#host.dataset;
    if (this.#isSounding && !isWatched) this.#ring();
  }

  /** So many messages wait unseen. */
  name(unread: number): void {
    const launcher = this.#host.shadowRoot?.querySelector<HTMLElement>(".launcher");
    if (!launcher) return;
    const plain = (launcher.dataset["name"] ??= launcher.getAttribute("aria-label") ?? launcher.textContent ?? "");
    this.#badge.textContent = unread === 0 ? "" : String(Math.min(unread, 99));
    launcher.append(this.#badge);
    launcher.setAttribute("aria-label", unread === 0 ? plain : `${plain}, ${this.#words.unread(unread)}`);
  }

  #turn(): void {
    this.#isSounding = !this.#isSounding;
    this.#notes.write("sound", this.#isSounding ? "on" : "");
    this.#showSound();
    if (!this.#isSounding) return;
    this.#ready();
    this.#ring();
  }

  #showSound(): void {
    this.#switch.setAttribute("aria-checked", String(this.#isSounding));
  }

  #ready(): void {
    try {
      this.#audio ??= new AudioContext();
      void this.#audio.resume().catch(() => undefined);
    } catch {
      // A browser without sound stays silent.
    }
  }

  #ring(): void {
    const audio = this.#audio;
    if (audio === null) return;
    const now = audio.currentTime;
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    tone.frequency.setValueAtTime(660, now);
    tone.frequency.setValueAtTime(880, now + 0.09);
    volume.gain.setValueAtTime(0.0001, now);
    volume.gain.exponentialRampToValueAtTime(0.06, now + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, now + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(now);
    tone.stop(now + 0.32);
  }
}

/** The host page's title with a number in front, and exactly the host's own again afterwards. */
export class Title {
  #own = "";
  #shown: string | null = null;
  #watch: MutationObserver | null = null;
  #n = 0;

  count(n: number): void {
    this.#n = n;
    if (n === 0) {
      this.#watch?.disconnect();
      // The host may have set another one meanwhile; that one stays.
      if (this.#shown !== null && document.title === normal(this.#shown)) document.title = this.#own;
      this.#shown = null;
      return;
    }
    this.#put();
    this.#watch ??= new MutationObserver(() => this.#put());
    this.#watch.observe(document.head, { subtree: true, childList: true, characterData: true });
  }

  #put(): void {
    const stands = document.title;
    if (this.#shown === null || stands !== normal(this.#shown)) this.#own = rawTitle();
    const wanted = `(${this.#n}) ${this.#own}`;
    if (stands === normal(wanted)) return;
    this.#shown = wanted;
    document.title = wanted;
  }
}

/** As `document.title` reads what was written. */
const normal = (text: string): string => text.replace(/[\t\n\f\r ]+/g, " ").trim();
const rawTitle = (): string => document.querySelector("head > title")?.textContent ?? "";

function bell(): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  path.setAttribute("d", "M6 16.5V11a6 6 0 0112 0v5.5l1.5 2h-15zM10 21h4");
  svg.append(path);
  return svg;
}
