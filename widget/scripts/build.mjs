// Builds dist/widget.js (classic script) and dist/panel.js (module), prints what they weigh, and fails over budget.
import { createHash } from "node:crypto";
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const KB = 1024;
// The first open is the panel, what it imports at once, and the largest file of words; the rest comes when needed.
// Help mode brings `help` more with its first view; `help views` are what one reads and does behind it.
const BUDGETS = {
  "widget.js": 3 * KB,
  "widget-nudges.js": 3 * KB,
  "widget-card.js": 4.5 * KB,
  "frontdesk.js": 3 * KB,
  "first open": 25 * KB,
  help: 8 * KB,
};
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");

// Styles travel as minified text and are adopted as constructable sheets: no style element, no inline style.
const styles = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), {
        loader: "css",
        minify: true,
        target: "chrome123",
      });
      return { contents: code.trim(), loader: "text" };
    });
  },
};
const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  plugins: [styles],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

await rm(dist, { recursive: true, force: true });
const { metafile } = await build({
  ...common,
  metafile: true,
  entryPoints: { panel: join(root, "src/define.ts") },
  outdir: dist,
  format: "esm",
  splitting: true,
  chunkNames: "parts/[name]-[hash]",
});
const panel = await readFile(join(dist, "panel.js"));
const version = createHash("sha256").update(panel).digest("hex").slice(0, 10);
// The version lets a server cache the panel for ever.
const atPanel = { PANEL_FILE: JSON.stringify(`panel.js?v=${version}`) };
const loader = (name, nudges, card) =>
  build({
    ...common,
    outdir: dist,
    format: "iife",
    // Nothing in it asks for strict mode, so it need not say so.
    tsconfigRaw: {},
    entryPoints: { [name]: join(root, "src/host/loader.ts") },
    // The server puts a site's messages where the string stands.
    define: { ...atPanel, HAS_NUDGES: `${nudges}`, HAS_CARD: `${card}`, NUDGES: '"__FRONTDESK_NUDGES__"' },
  });
await loader("widget", false, false);
await loader("widget-nudges", true, false);
await loader("widget-card", true, true);
await build({
  ...common,
  outdir: dist,
  format: "esm",
  entryPoints: { frontdesk: join(root, "src/host/frontdesk.ts") },
  define: atPanel,
});
await copyFile(join(root, "src/host/public.ts"), join(dist, "frontdesk.d.ts"));

const outputs = new Map(Object.entries(metafile.outputs).map(([path, made]) => [relative(dist, resolve(path)), made]));

/** A file with everything that it imports at once. */
function withImports(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const { path, kind } of outputs.get(file).imports)
    if (kind === "import-statement") withImports(relative(dist, resolve(path)), found);
  return found;
}

const weigh = async (file) => gzipSync(await readFile(join(dist, file)), { level: 9 }).length;
const weighAll = async (files) => (await Promise.all([...files].map(weigh))).reduce((sum, bytes) => sum + bytes, 0);
const startedBy = (file, source) => (outputs.get(file).entryPoint ?? "").endsWith(source);
const parts = [...outputs.keys()].filter((file) => file.endsWith(".js"));
const first = withImports("panel.js");
/** The largest file of words in a folder: one language is fetched. */
async function wordsOf(folder) {
  const isOne = (file) => dirname(outputs.get(file).entryPoint ?? "").endsWith(folder);
  return Math.max(0, ...(await Promise.all(parts.filter(isOne).map(weigh))));
}

/** What a part of the panel brings beyond what is there by then. */
async function brought(source, there) {
  const files = parts.filter((file) => startedBy(file, source)).flatMap((file) => [...withImports(file)]);
  const fresh = new Set(files.filter((file) => !there.has(file)));
  return { files: new Set([...there, ...fresh]), bytes: await weighAll(fresh) };
}

const help = await brought("src/help/panel.ts", first);
const views = await brought("src/help/later.ts", help.files);
const weights = {
  "widget.js": await weigh("widget.js"),
  "widget-nudges.js": await weigh("widget-nudges.js"),
  "widget-card.js": await weigh("widget-card.js"),
  "frontdesk.js": await weigh("frontdesk.js"),
  "first open": (await weighAll(first)) + (await wordsOf("src/i18n")),
  help: help.bytes + (await wordsOf("src/help/words")),
  "help views": views.bytes + (await wordsOf("src/help/words/reading")),
  everything: await weighAll(parts),
};
const sizes = Object.entries(weights).map(([file, bytes]) => {
  const budget = BUDGETS[file] ?? null;
  return { file, bytes, budget, holds: budget === null || bytes <= budget };
});
await writeFile(join(dist, "sizes.json"), `${JSON.stringify(sizes, null, 1)}\n`);
for (const { file, bytes, budget, holds } of sizes) {
  const of = budget === null ? "" : ` of ${budget / KB} KB`;
  console.log(`${file.padEnd(10)} ${(bytes / KB).toFixed(2)} KB gzip${of}${holds ? "" : "  OVER BUDGET"}`);
}
if (sizes.some(({ holds }) => !holds)) process.exit(1);
