import assert from "node:assert/strict";
import { test } from "node:test";

import type { QueueState, QueueStatus } from "../src/api.ts";
import { atWork } from "../src/queue.ts";

function status(ready: Readonly<Record<string, number | null>>): QueueStatus {
  const queue = (value: number | null): QueueState => ({
    ...{ ready: value, unacked: 1, consumers: 2 },
    ...{ publish_rate: null, deliver_rate: null },
  });
  const queues = Object.fromEntries(Object.entries(ready).map(([name, value]) => [name, queue(value)]));
  return { queues, dlq_depth: 0, available: true };
}

test("what waits is counted in every queue that workers take from, and in no other", () => {
  const cases: Array<[Readonly<Record<string, number | null>>, number | null]> = [
    [{ logs_ingest: 1, "logs_ingest.bulk": 20, "logs_ingest.isolated": 300 }, 321],
    [{ logs_ingest: 1, "logs_ingest.retry": 20, "logs_ingest.dlq": 300 }, 1],
    [{ logs_ingest: 1, "logs_ingest.bulk": null }, 1],
    [{ logs_ingest: null }, null],
    [{}, null],
  ];
  for (const [ready, expected] of cases) assert.equal(atWork(status(ready), "ready"), expected);
  assert.equal(atWork(null, "ready"), null);
  assert.equal(atWork(status({ logs_ingest: 0, "logs_ingest.bulk": 0 }), "unacked"), 2);
});
