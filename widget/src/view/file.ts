/** A file that stands in the transcript: what it is and a way to open it; nothing of it is ever shown in the page. */
import type { AttachedFile } from "../generated/protocol.ts";
import { h, icon, safeUrl } from "./dom.ts";
import type { Stage } from "./stage.ts";
import type { TogetherWords } from "./words/together/en.ts";

/** Addresses hold for an hour; what is older is asked for anew. */
const FRESH_MS = 50 * 60_000;
const ENDINGS: Readonly<Record<string, string>> = {
  jpeg: "JPG",
  plain: "TXT",
  document: "DOCX",
  sheet: "XLSX",
  presentation: "PPTX",
};

export type FreshUrl = (file: string) => Promise<string | null>;

export function fileCard(file: AttachedFile, stage: Stage, words: TogetherWords, fresh: FreshUrl): HTMLElement {
  const href = safeUrl(file.url, stage.base);
  const since = Date.now();
  const problem = h("span", { class: "error", role: "status" });
  const open = h(
    "a",
    {
      class: "file",
      part: "file",
      href,
      download: file.name,
      rel: "noopener",
      "aria-label": `${words.download(file.name)}, ${kindText(file.type)}, ${sizeText(file.bytes, stage.locale)}`,
      click: (event) => {
        if (Date.now() - since < FRESH_MS && href !== null) return;
        event.preventDefault();
        void fresh(file.id).then((url) => {
          const anew = url === null ? null : safeUrl(url, stage.base);
          if (anew === null) problem.textContent = words.missing;
          else h("a", { href: anew, download: file.name, rel: "noopener" }).click();
        });
      },
    },
    icon("page"),
    h(
      "span",
      { class: "what" },
      h("bdi", { class: "name" }, file.name),
      h("span", { class: "hint" }, `${kindText(file.type)}, ${sizeText(file.bytes, stage.locale)}`),
    ),
    icon("file"),
  );
  return h("div", { class: "attached" }, open, problem);
}

/** What may be attached, as one lists it: "PNG, JPG and PDF". */
export function kindsText(types: readonly string[], locale: string): string {
  return new Intl.ListFormat(locale, { type: "conjunction" }).format(new Set(types.map(kindText)));
}

function kindText(type: string): string {
  const last = type.split(/[/.]/).at(-1) ?? "";
  return ENDINGS[last] ?? last.toUpperCase();
}

export function sizeText(bytes: number, locale: string): string {
  const [value, unit] =
    bytes < 1000 ? [bytes, "byte"] : bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
  const unitDisplay = unit === "byte" ? "long" : "short";
  const maximumFractionDigits = unit === "megabyte" ? 1 : 0;
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay, maximumFractionDigits }).format(value);
}
