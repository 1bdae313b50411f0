import assert from "node:assert/strict";
import { test } from "node:test";

import {
  heldUp,
  isConserved,
  isRolling,
  percentArrived,
  percentDone,
  withProgress,
  withRecord,
  type Job,
  type JobRecord,
  type Progress,
} from "../src/job.ts";

const now = "2024-05-01T12:00:00Z";

function progress(change: Partial<Progress>): Progress {
  return {
    job_id: "a",
    file_name: "access.log",
    status: "processing",
    bytes_received: 1000,
    bytes_total: 1000,
    lines_read: 100,
    lines_stored: 40,
    lines_rejected: 0,
    lines_dead_lettered: 0,
    progress_percent: 40,
    lines_per_second: 10,
    eta_seconds: 6,
    unique_ips: 1,
    level_counts: {},
    keyword_counts: {},
    ...change,
  };
}

function record(change: Partial<JobRecord>): JobRecord {
  const { job_id, file_name, status, bytes_received, bytes_total } = progress({});
  const tally = { lines_read: 100, lines_stored: 40, lines_rejected: 0, lines_dead_lettered: 0 };
  const times = { created_at: now, started_at: now, completed_at: null, failed_at: null };
  const rest = { source: "upload", error_message: null, format_counts: {}, content_sha256: null };
  return { job_id, file_name, status, bytes_received, bytes_total, ...tally, ...times, ...rest, ...change };
}

function seen(...events: Array<Partial<Progress>>): Job {
  return events.reduce<Job | undefined>((job, event) => withProgress(job, progress(event), now), undefined) as Job;
}

test("only a job of webhooks is open for as long as its day", () => {
  assert.equal(isRolling({ source: "github", status: "receiving" }), true);
  assert.equal(isRolling({ source: "github", status: "processing" }), false);
  assert.equal(isRolling({ source: "upload", status: "receiving" }), false);
});

test("an answer says where a job comes from that only events told of", () => {
  assert.equal(seen({}).source, "");
  assert.equal(withRecord(seen({ lines_stored: 60 }), record({ source: "github" })).source, "github");
});

test("events move a job on, old ones do not move it back", () => {
  assert.equal(seen({ lines_stored: 40 }, { lines_stored: 60 }).lines_stored, 60);
  assert.equal(seen({ lines_stored: 60 }, { lines_stored: 40 }).lines_stored, 60);
});

test("a job that has ended stays ended, unless it was resumed and goes further", () => {
  assert.equal(seen({ status: "completed", lines_stored: 100 }, { lines_stored: 90 }).status, "completed");
  assert.equal(seen({ status: "interrupted" }, { status: "receiving", bytes_received: 1500 }).status, "receiving");
});

test("a cancelled job stays cancelled, though it has read fewer lines than events on their way say", () => {
  const late = { status: "receiving", lines_read: 200, bytes_received: 2000 } as const;
  assert.equal(seen({ status: "cancelled", lines_read: 50 }, late).status, "cancelled");
});

test("what holds an upload up is told as long as it is on its way", () => {
  const cases: Array<[Partial<Progress>, string | null]> = [
    [{ status: "receiving", notice: "the queue is full" }, "the queue is full"],
    [{ status: "receiving", notice: null }, null],
    [{ status: "receiving" }, null],
    [{ status: "processing", notice: "the queue is full" }, null],
  ];
  for (const [event, expected] of cases) assert.equal(heldUp(seen(event)), expected);
});

test("an ending counts even with smaller numbers", () => {
  assert.equal(seen({ lines_stored: 60 }, { status: "cancelled", lines_stored: 0 }).status, "cancelled");
});

test("an answer older than the last event brings its other fields only", () => {
  const job = withRecord(seen({ lines_stored: 60 }), record({ lines_stored: 40, content_sha256: "abc" }));
  assert.deepEqual([job.lines_stored, job.content_sha256, job.progress?.lines_stored], [60, "abc", 60]);
});

test("a newer answer wins and ends the live numbers when the job has ended", () => {
  const job = withRecord(
    seen({ lines_stored: 60 }),
    record({ status: "completed", lines_stored: 100, completed_at: now }),
  );
  assert.deepEqual([job.status, job.lines_stored, job.completed_at, job.progress], ["completed", 100, now, null]);
});

test("100 percent is kept for completed jobs, and one that broke off has none", () => {
  const cases: Array<[Partial<Progress>, number | null]> = [
    [{ progress_percent: 40 }, 40],
    [{ progress_percent: 100 }, 99],
    [{ progress_percent: null }, null],
    [{ status: "completed", progress_percent: null }, 100],
    [{ status: "interrupted", progress_percent: null }, null],
    [{ status: "failed", progress_percent: 100 }, null],
    [{ status: "cancelled", progress_percent: 40 }, null],
  ];
  for (const [event, expected] of cases) assert.equal(percentDone(seen(event)), expected);
});

test("the bar of a job that broke off shows what arrived, and is never full", () => {
  const cases: Array<[number, number | null, number]> = [
    [0, 1000, 0],
    [500, 1000, 50],
    [999, 1000, 99],
    [1000, 1000, 0],
    [500, null, 0],
    [0, 0, 0],
  ];
  for (const [bytes_received, bytes_total, expected] of cases)
    assert.equal(percentArrived(seen({ status: "interrupted", bytes_received, bytes_total })), expected);
});

test("conservation is an equation", () => {
  assert.ok(isConserved({ lines_read: 10, lines_stored: 7, lines_rejected: 2, lines_dead_lettered: 1 }));
  assert.ok(!isConserved({ lines_read: 10, lines_stored: 7, lines_rejected: 2, lines_dead_lettered: 0 }));
});
