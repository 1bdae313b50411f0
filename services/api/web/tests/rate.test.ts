import assert from "node:assert/strict";
import { test } from "node:test";

import { sampleRate, startRate, timeLeft, type Rate } from "../src/rate.ts";

function steady(perSecond: number, seconds: number): Rate {
  let rate = startRate(0);
  for (let tick = 1; tick <= seconds * 4; tick += 1) rate = sampleRate(rate, (perSecond * tick) / 4, tick * 250);
  return rate;
}

test("a steady rate is told as it is", () => {
  assert.equal(Math.round(steady(1000, 5).perSecond ?? 0), 1000);
});

test("time left is unknown at first, then what remains at this rate", () => {
  assert.equal(timeLeft(steady(1000, 2), 10_000), null);
  assert.equal(Math.round(timeLeft(steady(1000, 4), 10_000) ?? 0), 6);
});

test("time left is unknown while nothing moves and never negative", () => {
  assert.equal(timeLeft(steady(0, 10), 10_000), null);
  assert.equal(timeLeft(steady(1000, 10), 5_000), 0);
});

test("samples that follow one another at once are joined", () => {
  const rate = startRate(0);
  assert.equal(sampleRate(rate, 500, 100), rate);
});
