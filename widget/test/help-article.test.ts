import assert from "node:assert/strict";
import { test } from "node:test";
import { decoded } from "../src/help/article.ts";

test("the fragment of a link is read as it was meant, and as it stands where it is no code", () => {
  assert.deepEqual(["m%C3%BCll", "100%", "%E4", ""].map(decoded), ["müll", "100%", "%E4", ""]);
});
