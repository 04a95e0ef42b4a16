// Builds dist/widget.js (classic script) and dist/panel.js (module), prints what they weigh, and fails over budget.
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const KB = 1024;
const BUDGETS = { "widget.js": 3 * KB, "card.js": 1.5 * KB, "panel.js": 25 * KB };
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
  legalComments: "none",
  logLevel: "warning",
};

await rm(dist, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: { panel: join(root, "src/define.ts") },
  outdir: dist,
  format: "esm",
  splitting: true,
  chunkNames: "words/[name]-[hash]",
});
const panel = await readFile(join(dist, "panel.js"));
const version = createHash("sha256").update(panel).digest("hex").slice(0, 10);
await build({
  ...common,
  // The card stands behind the loader, in the same file, for sites that show messages without asking the server.
  entryPoints: { widget: join(root, "src/host/loader.ts"), card: join(root, "src/host/card-alone.ts") },
  outdir: dist,
  format: "iife",
  // The version lets a server cache the panel for ever.
  define: { PANEL_FILE: JSON.stringify(`panel.js?v=${version}`), NUDGES: JSON.stringify("__FRONTDESK_NUDGES__") },
});

const sizes = await Promise.all(
  Object.entries(BUDGETS).map(async ([file, budget]) => {
    const bytes = gzipSync(await readFile(join(dist, file)), { level: 9 }).length;
    return { file, bytes, budget, holds: bytes <= budget };
  }),
);
await writeFile(join(dist, "sizes.json"), `${JSON.stringify(sizes, null, 1)}\n`);
for (const { file, bytes, budget, holds } of sizes) {
  console.log(
    `${file.padEnd(10)} ${(bytes / KB).toFixed(2)} KB gzip of ${budget / KB} KB${holds ? "" : "  OVER BUDGET"}`,
  );
}
if (sizes.some(({ holds }) => !holds)) process.exit(1);
