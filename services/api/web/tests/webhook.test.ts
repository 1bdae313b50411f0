import assert from "node:assert/strict";
import { test } from "node:test";

import { addressWarning, eventChoices, eventWords, linesRoute, type Delivery } from "../src/webhook.ts";

const delivery: Delivery = {
  delivery_id: "72d3162e-cc78-11e3-81ab-4c9367dc0958",
  event: "push",
  action: null,
  repository: "octo/repo",
  job_id: "0b9c2f60-5f1e-4f0a-9d55-3a8f0a1c2d3e",
  line_no: 7,
  received_at: "2024-05-01T12:00:30.250Z",
  state: "queued",
};

test("an event is told with its action", () => {
  assert.equal(eventWords(delivery), "push");
  assert.equal(eventWords({ ...delivery, event: "issues", action: "opened" }), "issues · opened");
});

test("a delivery leads to its lines, by its name and around its time", () => {
  const { jobId, filter } = linesRoute(delivery);
  assert.equal(jobId, delivery.job_id);
  const time = { since: "2024-05-01T11:59:30.250Z", until: "2024-05-01T12:01:30.250Z" };
  assert.deepEqual(filter, { level: "", reason: "", q: delivery.delivery_id, ...time });
  assert.equal(linesRoute({ ...delivery, delivery_id: 'a"b\\c' }).filter.q, 'a\\"b\\\\c');
  assert.equal(linesRoute({ ...delivery, received_at: "?" }).filter.since, "");
});

test("an event that nobody knows can be chosen once it was seen, or named in the address", () => {
  const choices = eventChoices([delivery, { ...delivery, event: "brand_new" }], "from_the_address");
  for (const name of ["push", "brand_new", "from_the_address", "workflow_run"]) {
    assert.equal(choices.filter((choice) => choice === name).length, 1, name);
  }
  assert.equal(eventChoices([], "").includes(""), false);
});

test("an address is warned of that GitHub cannot reach, or that anybody can read along", () => {
  const cases: ReadonlyArray<readonly [url: string, warning: RegExp | null]> = [
    ["http://localhost:8081", /cannot reach/],
    ["http://logs:8081", /cannot reach/],
    ["http://127.0.0.1:8081", /cannot reach/],
    ["https://10.1.2.3", /cannot reach/],
    ["https://172.16.0.1", /cannot reach/],
    ["https://192.168.1.1", /cannot reach/],
    ["https://[::1]:8081", /cannot reach/],
    ["https://[fd00::1]", /cannot reach/],
    ["https://[fe80::1]", /cannot reach/],
    ["https://[::]", /cannot reach/],
    ["http://0.0.0.0:8081", /cannot reach/],
    ["https://169.254.1.1", /cannot reach/],
    ["https://100.64.0.1", /cannot reach/],
    ["https://100.127.255.254", /cannot reach/],
    ["https://logs.local", /cannot reach/],
    ["http://logs.example.com", /use https/],
    ["http://172.32.0.1", /use https/],
    ["https://logs.example.com", null],
    ["https://127.example.com", null],
    ["https://100.128.0.1", null],
    ["https://169.253.1.1", null],
    ["https://fdroid.example", null],
    ["https://[2001:db8::1]", null],
  ];
  for (const [url, warning] of cases) {
    const told = addressWarning(new URL(url));
    if (warning) assert.match(told ?? "", warning, url);
    else assert.equal(told, null, url);
  }
});
