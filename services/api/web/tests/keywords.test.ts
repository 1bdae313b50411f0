import assert from "node:assert/strict";
import { test } from "node:test";

import { keywordErrors, parseKeywords } from "../src/keywords.ts";
import { Problem } from "../src/problem.ts";

test("keywords are typed one a line", () => {
  assert.deepEqual(parseKeywords(" deadlock \n\nout of memory\r\n  \n"), ["deadlock", "out of memory"]);
  assert.deepEqual(parseKeywords(""), []);
});

test("what is wrong is told with the keyword it means", () => {
  const refused = new Problem({ errors: [{ pointer: "/keywords/1", detail: "is too long" }] });
  assert.deepEqual(keywordErrors(refused, ["a", "bb"]), ["“bb”: is too long"]);
  const tooMany = new Problem({ errors: [{ pointer: "/keywords", detail: "100 at most" }] });
  assert.deepEqual(keywordErrors(tooMany, ["a"]), ["100 at most"]);
  assert.deepEqual(keywordErrors(new Problem({ detail: "The server is away." }), ["a"]), ["The server is away."]);
});
