import assert from "node:assert/strict";
import { test } from "node:test";

import { fileQuery, noOptions, summary, zones } from "../src/options.ts";

const file = new File(["x"], "a.log", { lastModified: Date.UTC(2024, 4, 1) });

test("only what is set is sent", () => {
  const modified = "2024-05-01T00:00:00.000Z";
  assert.deepEqual(fileQuery(file, noOptions), { modified });
  const set = { ...noOptions, format: "json", timezone: "+02:00" };
  assert.deepEqual(fileQuery(file, set), { modified, format: "json", timezone: "+02:00" });
});

test("what is set is said in short", () => {
  assert.equal(summary(noOptions), "");
  assert.equal(summary({ format: "json", timezone: "", charset: "cp850" }), "json, cp850");
});

test("the reader's own zone comes first, and once", () => {
  assert.equal(zones("Asia/Tokyo")[0], "Asia/Tokyo");
  assert.equal(zones("Asia/Tokyo").filter((zone) => zone === "Asia/Tokyo").length, 1);
  assert.equal(zones("")[0], "UTC");
});
