import assert from "node:assert/strict";
import { test } from "node:test";

import { checkName, foundText } from "../src/verification.ts";

test("checks are named for people, numbers can be read", () => {
  assert.equal(checkName("lines_stored"), "Lines stored");
  assert.equal(checkName("Rollups: lines a minute"), "Rollups: lines a minute");
  assert.deepEqual([12345, "ab", null, true].map(foundText), ["12,345", "ab", "–", "yes"]);
});
