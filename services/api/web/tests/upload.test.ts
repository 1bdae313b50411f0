import assert from "node:assert/strict";
import { test } from "node:test";

import { withProgress, type Job, type Progress } from "../src/job.ts";
import { noOptions } from "../src/options.ts";
import { Problem, type ProblemDetails, type SentJob } from "../src/problem.ts";
import { startRate } from "../src/rate.ts";
import { askDelay, hasNotes, isPatient, isPending, jobOf, retryDelay, type Upload } from "../src/upload.ts";

function job(change: Partial<Progress>): Job {
  const tally = { lines_read: 0, lines_stored: 0, lines_rejected: 0, lines_dead_lettered: 0 };
  const unknown = { progress_percent: null, lines_per_second: null, eta_seconds: null, unique_ips: null };
  const bytes = { bytes_received: 0, bytes_total: 4 };
  const progress: Progress = {
    ...{ job_id: "new", file_name: "a.log", status: "receiving", level_counts: {}, keyword_counts: {} },
    ...{ ...tally, ...unknown, ...bytes, ...change },
  };
  return withProgress(undefined, progress, "2024-05-01T12:00:00Z");
}

function upload(change: Partial<Upload>): Upload {
  const file = new File(["1234"], "a.log");
  const base = { key: 1, file, state: "sending", bytesSent: 0, rate: startRate(0), problem: null } as const;
  const fresh = { options: noOptions, again: false, jobs: [], jobsBefore: new Set(["old"]), jobId: null };
  return { ...base, ...fresh, retryAt: null, heldSince: null, ...change };
}

test("a file on its way finds its job by name and size", () => {
  const cases: Array<[Partial<Upload>, Partial<Progress>, boolean]> = [
    [{}, {}, true],
    [{}, { bytes_total: null }, true],
    [{}, { status: "completed" }, true],
    [{}, { job_id: "old" }, false],
    [{}, { job_id: "taken" }, false],
    [{}, { file_name: "b.log" }, false],
    [{}, { bytes_total: 5 }, false],
    [{ state: "waiting" }, {}, false],
    [{ jobId: "known" }, {}, false],
    [{ jobsBefore: null }, {}, true],
    [{ jobsBefore: null }, { status: "completed" }, false],
  ];
  for (const [sent, seen, found] of cases) {
    assert.equal(jobOf(upload(sent), [job(seen)], new Set(["taken"])) !== null, found, JSON.stringify([sent, seen]));
  }
});

test("a file has a row of its own for as long as there is more to say than its job says", () => {
  const fresh: SentJob = { job_id: "new", file_name: "a.log", status: "processing" };
  const cases: Array<[Partial<Upload>, boolean]> = [
    [{ state: "sending" }, false],
    [{ state: "cancelled" }, false],
    [{ state: "accepted", jobs: [fresh] }, false],
    [{ state: "accepted", jobs: [fresh, fresh] }, true],
    [{ state: "accepted", jobs: [{ ...fresh, status: "failed" }] }, true],
    [{ state: "accepted", jobs: [{ ...fresh, duplicate: true }] }, true],
    [{ state: "duplicate" }, true],
    [{ state: "failed" }, true],
    [{ state: "held" }, true],
  ];
  for (const [change, expected] of cases) assert.equal(hasNotes(upload(change)), expected, JSON.stringify(change));
});

test("a server that takes nothing in is asked again when it says so, no other refusal is", () => {
  const cases: Array<[ProblemDetails, number | null, number | null]> = [
    [{ status: 503, retry_after: 5 }, 5000, 5000],
    [{ status: 503, retry_after: 5, job_id: "half of it" }, null, 5000],
    [{ status: 503 }, null, 5000],
    [{ status: 502 }, null, 5000],
    [{ status: 0 }, null, 5000],
    [{ status: 429, retry_after: 7 }, null, 7000],
    [{ status: 413 }, null, null],
    [{ status: 401 }, null, null],
  ];
  for (const [details, sent, asked] of cases) {
    const problem = new Problem({ detail: "The queue is full.", ...details });
    assert.deepEqual([retryDelay(problem), askDelay(problem)], [sent, asked], JSON.stringify(details));
    assert.equal(problem.detail, "The queue is full.");
  }
  assert.ok(isPending(upload({ state: "held" })));
});

test("a file is held for ten minutes at most", () => {
  const cases: Array<[number, number, boolean]> = [
    [0, 5, true],
    [595, 5, true],
    [596, 5, false],
    [0, 3600, false],
  ];
  for (const [passed, delay, expected] of cases)
    assert.equal(isPatient(7_000, 7_000 + passed * 1000, delay * 1000), expected, JSON.stringify([passed, delay]));
});
