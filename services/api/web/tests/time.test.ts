import assert from "node:assert/strict";
import { test } from "node:test";

import { absolute, duration, latency, precise, relative, secondsBetween } from "../src/time.ts";

test("absolute times are UTC whatever their offset", () => {
  const cases: Array<[string | null, string]> = [
    ["2024-05-01T12:34:56Z", "2024-05-01 12:34:56 UTC"],
    ["2024-05-01T12:34:56.987654+02:00", "2024-05-01 10:34:56 UTC"],
    [null, "–"],
    ["not a time", "–"],
  ];
  for (const [value, text] of cases) assert.equal(absolute(value), text);
});

test("precise times show milliseconds when there are any", () => {
  assert.equal(precise("2024-05-01T12:34:56.007Z"), "2024-05-01 12:34:56.007");
  assert.equal(precise("2024-05-01T12:34:56Z"), "2024-05-01 12:34:56");
});

test("relative times use the largest unit", () => {
  const now = Date.parse("2024-05-01T12:00:00Z");
  const cases: Array<[string, string]> = [
    ["2024-05-01T12:00:03Z", "just now"],
    ["2024-05-01T11:59:57Z", "just now"],
    ["2024-05-01T11:59:30Z", "30 s ago"],
    ["2024-05-01T11:55:30Z", "4 min ago"],
    ["2024-05-01T08:30:00Z", "3 h ago"],
    ["2024-04-20T12:00:00Z", "11 d ago"],
  ];
  for (const [value, text] of cases) assert.equal(relative(value, now), text);
});

test("durations have two units at most", () => {
  const cases: Array<[number | null, string]> = [
    [0, "0 ms"],
    [0.42, "420 ms"],
    [2.55, "2.5 s"],
    [12.4, "12 s"],
    [59.7, "1 min"],
    [3725, "1 h 2 min"],
    [90_000, "1 d 1 h"],
    [-1, "–"],
    [null, "–"],
  ];
  for (const [value, text] of cases) assert.equal(duration(value), text);
});

test("latencies have three digits", () => {
  const cases: Array<[number | null, string]> = [
    [0.4217, "0.422 ms"],
    [87, "87 ms"],
    [1250, "1.25 s"],
    [null, "–"],
  ];
  for (const [value, text] of cases) assert.equal(latency(value), text);
});

test("the time between needs both ends", () => {
  assert.equal(secondsBetween("2024-05-01T12:00:00Z", "2024-05-01T12:00:01.5Z"), 1.5);
  assert.equal(secondsBetween(null, "2024-05-01T12:00:00Z"), null);
});
