import assert from "node:assert/strict";
import { test } from "node:test";

import { binLevels, binName, planChart, presentLevels, rfc3339, stack, yearMarks } from "../src/chart.ts";

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

test("the longest span there is has few bars, and every line is in one", () => {
  const [first, last] = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"];
  const plan = planChart(first, last);
  assert.ok(plan);
  const rows = [first, "2026-01-01T00:00:00Z", last].map((bucket) => ({ bucket, group: "info", lines: 1 }));
  const { times, lines } = binLevels(plan, rows);
  assert.deepEqual([plan.step, binName(plan)], ["1d", "100-year"]);
  assert.ok(times.length <= 120);
  assert.equal(
    lines.info.reduce((sum, value) => sum + value, 0),
    3,
  );
});

test("what is asked for stays within the years 1 to 9999", () => {
  const cases: Array<[number, string]> = [
    [Date.parse("+010004-08-30T00:00:00Z"), "9999-12-31T23:59:59.999Z"],
    [Date.parse("-000009-01-01T00:00:00Z"), "0001-01-01T00:00:00.000Z"],
    [Date.parse("2026-05-01T12:00:00Z"), "2026-05-01T12:00:00.000Z"],
  ];
  for (const [milliseconds, expected] of cases) assert.equal(rfc3339(milliseconds / 1000), expected);
});

test("any first and last line make a range that can be asked for", () => {
  const lines = ["0001-01-01T00:00:00Z", "0001-12-31T23:59:59Z", "2026-05-01T12:00:00Z", "9999-12-31T23:59:59.999Z"];
  for (const [index, first] of lines.entries())
    for (const last of lines.slice(index)) {
      const plan = planChart(first, last);
      assert.ok(plan && plan.from <= Date.parse(first) / 1000 && plan.to > Date.parse(last) / 1000);
      for (const time of [plan.from, plan.to]) assert.match(rfc3339(time), /^\d{4}-/);
      assert.ok(rfc3339(plan.from) <= rfc3339(plan.to));
    }
});

test("an axis over centuries has round years, as many as there is room for", () => {
  const plan = planChart("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z");
  assert.ok(plan);
  const years = (most: number) => yearMarks(plan, most).map((mark) => new Date(mark * 1000).getUTCFullYear());
  assert.deepEqual(years(5), [2000, 4000, 6000, 8000]);
  assert.deepEqual(years(10), [1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000]);
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
