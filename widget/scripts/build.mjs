// Builds dist/widget.js (classic script) and dist/panel.js (module), prints what they weigh, and fails over budget.
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { rollup } from "rollup";

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
async function minified(path) {
  const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target: "chrome123" });
  return code.trim();
}
const styles = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => ({ contents: await minified(path), loader: "text" }));
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

/** Types off, styles to text: Rollup puts what the first open needs into one file, which esbuild does not. */
const sources = {
  name: "sources",
  async load(path) {
    if (path.endsWith(".css")) return `export default ${JSON.stringify(await minified(path))}`;
    if (!path.endsWith(".ts")) return null;
    const { code } = await transform(await readFile(path, "utf8"), { loader: "ts", target: "es2022", charset: "utf8" });
    return code;
  },
  async renderChunk(code) {
    return (await transform(code, { minify: true, format: "esm", target: "es2022", charset: "utf8" })).code;
  },
};

await rm(dist, { recursive: true, force: true });
const bundle = await rollup({
  input: { "chat-panel": join(root, "src/define.ts") },
  plugins: [sources],
  preserveEntrySignatures: "allow-extension",
});
const { output } = await bundle.write({
  dir: dist,
  format: "esm",
  // A name with its content's hash can be kept for ever; and parts that import the panel find the one that is there.
  entryFileNames: "parts/[name]-[hash].js",
  chunkFileNames: "parts/[name]-[hash].js",
});
await bundle.close();
const chunks = new Map(output.filter(({ type }) => type === "chunk").map((chunk) => [chunk.fileName, chunk]));
const panel = output[0].fileName;
await writeFile(join(dist, "panel.js"), `export*from"./${panel}";\n`);
const atPanel = { PANEL_FILE: JSON.stringify(panel) };
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

/** A file with everything that it imports at once. */
function withImports(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const other of chunks.get(file).imports) withImports(other, found);
  return found;
}

const weigh = async (file) => gzipSync(await readFile(join(dist, file)), { level: 9 }).length;
const weighAll = async (files) => (await Promise.all([...files].map(weigh))).reduce((sum, bytes) => sum + bytes, 0);
/** Where a file's own sources come from, without what others share with it. */
const holds = (file, source) => chunks.get(file).moduleIds.includes(join(root, source));
const parts = [...chunks.keys()];
const first = withImports(panel);
/** The largest file of words in a folder: one language is fetched. */
async function wordsOf(folder) {
  const isOne = (file) => chunks.get(file).moduleIds.every((id) => dirname(id) === join(root, folder));
  return Math.max(0, ...(await Promise.all(parts.filter(isOne).map(weigh))));
}

/** What a part of the panel brings beyond what is there by then. */
async function brought(source, there) {
  const files = parts.filter((file) => holds(file, source)).flatMap((file) => [...withImports(file)]);
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
