import assert from "node:assert/strict";
import { test } from "node:test";

import { curlCommand, fold, lineRange, markColumn, shorten, shortenLine, splitHits, visible } from "../src/text.ts";

test("what cannot be seen is shown", () => {
  const cases: Array<[string, string]> = [
    ["plain\ttext\nhere", "plain\ttext\nhere"],
    ["\u001b[31mred", "␛[31mred"],
    ["nul\u0000", "nul␀"],
    ["cr\r", "cr␍"],
    ["a\u202eb", "a⟨U+202E⟩b"],
    ["\ufefflog", "⟨U+FEFF⟩log"],
    ["a\u061cb\u200bc\u2028d", "a⟨U+061C⟩b⟨U+200B⟩c⟨U+2028⟩d"],
    ["tag\u{e0041}", "tag⟨U+E0041⟩"],
    ["\u001b]8;;http://x\u0007link", "␛]8;;http://x␇link"],
    ["שלום \u200d 👩‍💻", "שלום \u200d 👩‍💻"],
  ];
  for (const [raw, shown] of cases) assert.equal(visible(raw), shown);
});

test("cut text says what is missing", () => {
  assert.equal(shorten("abc", 3), "abc");
  assert.equal(shorten("abcdef", 2), "ab … (4 more characters)");
});

test("a line that is shown cut keeps its marker", () => {
  const marker = " … [line of 104,857,600 bytes, cut after 1,048,576]";
  assert.equal(shortenLine(`abcdef${marker}`, 2), `ab … (4 more characters)${marker}`);
  assert.equal(shortenLine(`ab${marker}`, 2), `ab${marker}`);
  assert.equal(shortenLine("abc", 3), "abc");
});

test("a record of several lines is folded to its first", () => {
  const cases: Array<[string, string, string, number]> = [
    ["one", "", "one", 0],
    ["boom\n  at a\n  at b", "", "boom", 2],
    ["\n \nboom\n  at a", "", "boom", 3],
    ["boom\n  at a\n  at b", "BOOM", "boom", 2],
    ["boom\n  at a\n  at b", "at B", "boom … at b", 2],
    ["boom\n  at a", "a\nb", "boom", 1],
    ["", "", "", 0],
  ];
  for (const [text, needle, shown, hidden] of cases) assert.deepEqual(fold(text, needle), { shown, hidden });
});

test("a record's place is a line or a range of them", () => {
  assert.equal(lineRange(5, 1), "5");
  assert.equal(lineRange(5, 13), "5–17");
});

test("a column is marked within what is around it", () => {
  const cases: Array<[string, number, [string, string, string]]> = [
    ["abcdef", 3, ["ab", "c", "de…"]],
    ["abcdef", 5, ["…cd", "e", "f"]],
    ["abc", 1, ["", "a", "bc"]],
    ["abc", 4, ["…bc", "", ""]],
    ["abc", 99, ["…bc", "", ""]],
    ["😀x😀y", 3, ["😀x", "😀", "y"]],
    ["", 1, ["", "", ""]],
  ];
  for (const [text, column, [before, at, after]] of cases)
    assert.deepEqual(markColumn(text, column, 2), { before, at, after });
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
