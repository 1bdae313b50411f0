import assert from "node:assert/strict";
import { test } from "node:test";

import { binLevels, planChart, presentLevels, stack } from "../src/chart.ts";

test("bins suit the span, and the API's step suits the bins", () => {
  const cases: Array<[string, string, string, number]> = [
    ["2024-05-01T12:00:10Z", "2024-05-01T12:00:50Z", "1m", 60],
    ["2024-05-01T08:00:00Z", "2024-05-01T13:00:00Z", "1m", 300],
    ["2024-05-01T00:00:00Z", "2024-05-07T00:00:00Z", "1h", 7200],
    ["2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "1d", 14 * 86_400],
    ["1970-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "1d", 365 * 86_400],
  ];
  for (const [first, last, step, binSeconds] of cases) {
    const plan = planChart(first, last);
    assert.deepEqual([plan?.step, plan?.binSeconds], [step, binSeconds]);
  }
});

test("a plan holds its first and last line", () => {
  const plan = planChart("2024-05-01T12:03:10Z", "2024-05-01T12:05:00Z");
  assert.equal(plan?.from, Date.parse("2024-05-01T12:03:00Z") / 1000);
  assert.equal(plan?.to, Date.parse("2024-05-01T12:06:00Z") / 1000);
});

test("without timestamps there is no chart", () => {
  assert.equal(planChart(null, null), null);
});

test("buckets are summed into bins and nothing is lost", () => {
  const plan = { from: 0, to: 300, step: "1m", binSeconds: 100 } as const;
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const bins = binLevels(plan, [
    { bucket: at(0), group: "info", lines: 5 },
    { bucket: at(60), group: "info", lines: 2 },
    { bucket: at(240), group: "error", lines: 1 },
    { bucket: at(240), group: "strange", lines: 4 },
  ]);
  assert.deepEqual(bins.times, [0, 100, 200]);
  assert.deepEqual(
    [bins.lines.info, bins.lines.error, bins.lines.unknown],
    [
      [7, 0, 0],
      [0, 0, 1],
      [0, 0, 4],
    ],
  );
  assert.deepEqual(presentLevels(bins), ["error", "info", "unknown"]);
  assert.deepEqual(stack(bins, ["error", "info", "unknown"]), [
    [0, 0, 1],
    [7, 0, 1],
    [7, 0, 5],
  ]);
});
