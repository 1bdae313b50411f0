import assert from "node:assert/strict";
import { test } from "node:test";

import { isOfJob, replayPercent, replaySentence, replayTone, type Replay } from "../src/replay.ts";

function replay(change: Partial<Replay>): Replay {
  const counts = { total: 10, published: 0, stored: 0, dead_again: 0, waiting: 10 };
  const times = { created_at: "2024-05-01T12:00:00Z", ended_at: null };
  return { replay_id: "r", status: "running", filter: {}, ...counts, ...times, ...change };
}

test("the bar is full only at the end", () => {
  const cases: Array<[Partial<Replay>, number]> = [
    [{}, 0],
    [{ stored: 3, dead_again: 2 }, 50],
    [{ stored: 10 }, 99],
    [{ stored: 10, status: "completed" }, 100],
    [{ stored: 5, status: "cancelled" }, 50],
    [{ total: 0 }, 100],
  ];
  for (const [change, expected] of cases) assert.equal(replayPercent(replay(change)), expected, JSON.stringify(change));
});

test("a replay says how far it is and what came of it", () => {
  const cases: Array<[Partial<Replay>, string]> = [
    [{ stored: 3, dead_again: 1 }, "Replaying 10 dead letters: 3 stored, 1 died again"],
    [{ status: "completed", stored: 10 }, "All 10 dead letters are stored now."],
    [{ status: "completed", total: 1, stored: 1 }, "The dead letter is stored now."],
    [{ status: "completed", total: 1, dead_again: 1 }, "The dead letter died again."],
    [{ status: "completed", dead_again: 10 }, "All 10 dead letters died again."],
    [{ status: "completed", stored: 8, dead_again: 2, waiting: 0 }, "10 dead letters replayed: 8 stored, 2 died again."],
    [{ status: "completed" }, "10 dead letters replayed: 0 stored, 0 died again, 10 not sent on."],
    [
      { status: "completed", stored: 7, dead_again: 1, waiting: 0 },
      "10 dead letters replayed: 7 stored, 1 died again, 2 discarded or replayed once more since.",
    ],
    [
      { status: "cancelled", stored: 1, waiting: 9 },
      "Replay cancelled: 1 stored, 0 died again, 9 wait as before.",
    ],
    [
      { status: "cancelled", stored: 1, waiting: 6 },
      "Replay cancelled: 1 stored, 0 died again, 6 wait as before, 3 still on the way.",
    ],
  ];
  for (const [change, expected] of cases) assert.equal(replaySentence(replay(change)), expected);
});

test("only a replay that brought in everything is a good one", () => {
  const cases: Array<[Partial<Replay>, string]> = [
    [{ stored: 3, dead_again: 1 }, "busy"],
    [{ status: "completed", stored: 10 }, "good"],
    [{ status: "completed" }, "warn"],
    [{ status: "completed", stored: 9 }, "warn"],
    [{ status: "completed", stored: 9, dead_again: 1 }, "warn"],
    [{ status: "cancelled" }, "quiet"],
    [{ status: "cancelled", dead_again: 1 }, "warn"],
  ];
  for (const [change, expected] of cases) assert.equal(replayTone(replay(change)), expected, JSON.stringify(change));
});

test("a replay belongs to the job it was asked for", () => {
  assert.ok(isOfJob(replay({ filter: { job_id: "a" } }), "a"));
  assert.ok(!isOfJob(replay({ filter: { job_id: "b" } }), "a"));
  assert.ok(!isOfJob(replay({}), "a"));
});
