import assert from "node:assert/strict";
import { test } from "node:test";

import { curlCommand, shorten, splitHits, visible } from "../src/text.ts";

test("what cannot be seen is shown", () => {
  const cases: Array<[string, string]> = [
    ["plain\ttext\nhere", "plain\ttext\nhere"],
    ["\u001b[31mred", "␛[31mred"],
    ["nul\u0000", "nul␀"],
    ["cr\r", "cr␍"],
    ["a\u202eb", "a⟨U+202E⟩b"],
    ["\ufefflog", "⟨U+FEFF⟩log"],
  ];
  for (const [raw, shown] of cases) assert.equal(visible(raw), shown);
});

test("cut text says what is missing", () => {
  assert.equal(shorten("abc", 3), "abc");
  assert.equal(shorten("abcdef", 2), "ab … (4 more characters)");
});

test("hits are the odd parts, taken literally and in any case", () => {
  assert.deepEqual(splitHits("a Error b error", "error"), ["a ", "Error", " b ", "error", ""]);
  assert.deepEqual(splitHits("1+1=2", "+1"), ["1", "+1", "=2"]);
  assert.deepEqual(splitHits("abc", ""), ["abc"]);
});

test("a quote cannot leave the shell word", () => {
  assert.equal(
    curlCommand("http://h/api?q='; rm"),
    "curl -sS -H \"Authorization: Bearer $LOGMILL_TOKEN\" 'http://h/api?q=%27; rm'",
  );
});
