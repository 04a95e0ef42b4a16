// Writes src/generated/protocol.ts from docs/protocol.schema.json; with --check fails when it is stale.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const schemaPath = fileURLToPath(new URL("../../docs/protocol.schema.json", import.meta.url));
const typesPath = fileURLToPath(new URL("../src/generated/protocol.ts", import.meta.url));

const schema = JSON.parse(await readFile(schemaPath, "utf8"));
const types = await compile(schema, "Frame", {
  bannerComment: "// Generated from docs/protocol.schema.json by `npm run generate`. Do not edit.",
  additionalProperties: false,
  ignoreMinAndMaxItems: true,
  unreachableDefinitions: true,
  format: true,
});

if (process.argv.includes("--check")) {
  const standing = await readFile(typesPath, "utf8").catch(() => "");
  if (standing !== types) {
    console.error("widget/src/generated/protocol.ts is stale: run `npm run generate` in widget/.");
    process.exit(1);
  }
} else {
  await writeFile(typesPath, types);
}
