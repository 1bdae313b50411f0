import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, count, percent, plural, share, shortCount } from "../src/number.ts";

test("counts have separators, unknown ones a dash", () => {
  const cases: Array<[number | null | undefined, string]> = [
    [0, "0"],
    [1234567, "1,234,567"],
    [null, "–"],
    [undefined, "–"],
    [Number.NaN, "–"],
  ];
  for (const [value, text] of cases) assert.equal(count(value), text);
});

test("bytes are shown in decimal units with three digits", () => {
  const cases: Array<[number | null, string]> = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 kB"],
    [1536, "1.54 kB"],
    [999_999, "1 MB"],
    [12_345_678, "12.3 MB"],
    [5_000_000_000, "5 GB"],
    [null, "–"],
  ];
  for (const [value, text] of cases) assert.equal(bytes(value), text);
});

test("axis labels are short", () => {
  const cases: Array<[number, string]> = [
    [0, "0"],
    [950, "950"],
    [1500, "1.5k"],
    [240_000, "240k"],
    [2_000_000, "2M"],
  ];
  for (const [value, text] of cases) assert.equal(shortCount(value), text);
});

test("a percentage never says 100 too early and never leaves its range", () => {
  const cases: Array<[number | null, string]> = [
    [null, "–"],
    [99.9, "99%"],
    [100, "100%"],
    [104, "100%"],
    [-3, "0%"],
  ];
  for (const [value, text] of cases) assert.equal(percent(value), text);
});

test("shares neither lose a trace nor claim all", () => {
  const cases: Array<[number, number, string]> = [
    [0, 10, "0%"],
    [3, 0, "0%"],
    [1, 3, "33.3%"],
    [1, 100_000, "<0.1%"],
    [99_999, 100_000, ">99.9%"],
    [7, 7, "100%"],
  ];
  for (const [part, total, text] of cases) assert.equal(share(part, total), text);
});

test("nouns follow their number", () => {
  assert.deepEqual([plural(1, "line"), plural(0, "line"), plural(2000, "line")], ["1 line", "0 lines", "2,000 lines"]);
});
