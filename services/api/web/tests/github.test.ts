import assert from "node:assert/strict";
import { test } from "node:test";

import { isAllEvents, outcomeTone, runsOf } from "../src/github.ts";

test("an outcome looks as serious as it is", () => {
  const cases = {
    success: "good",
    failure: "bad",
    error: "bad",
    timed_out: "bad",
    startup_failure: "bad",
    cancelled: "warn",
    action_required: "warn",
    stale: "warn",
    neutral: "quiet",
    skipped: "quiet",
    constructor: "quiet",
  };
  for (const [outcome, tone] of Object.entries(cases)) assert.equal(outcomeTone(outcome), tone, outcome);
});

test("runs are listed by kind, the most frequent kind and outcome first", () => {
  const took = { p50: 1, p90: 2, p99: 3 };
  const runs = runsOf({
    ci_outcomes: { check_run: { failure: 1, success: 2 }, workflow_run: { success: 9 }, deployment_status: { error: 3 } },
    ci_duration_ms: { check_run: took, workflow_job: took, workflow_run: { p50: null, p90: null, p99: null } },
  });
  assert.deepEqual(
    runs.map(({ event, total }) => [event, total]),
    [
      ["workflow_run", 9],
      ["check_run", 3],
      ["deployment_status", 3],
      ["workflow_job", 0],
    ],
  );
  assert.deepEqual(
    runs[1]?.outcomes.map(({ name }) => name),
    ["success", "failure"],
  );
  assert.deepEqual(
    runs.map(({ duration }) => duration),
    [null, took, null, took],
  );
});

test("a job of nothing but events has no addresses to count", () => {
  assert.equal(isAllEvents({ format_counts: { github: 3 } }), true);
  assert.equal(isAllEvents({ format_counts: { github: 3, json: 0 } }), true);
  assert.equal(isAllEvents({ format_counts: { github: 3, json: 1 } }), false);
  assert.equal(isAllEvents({ format_counts: { json: 3 } }), false);
  assert.equal(isAllEvents({ format_counts: {} }), false);
});
