import assert from "node:assert/strict";
import { test } from "node:test";

import { errorElsewhere, errorsAt, Problem, problemFrom } from "../src/problem.ts";

test("an error says the most telling thing it knows", () => {
  const cases: Array<[number, string, string | null, string]> = [
    [401, '{"title":"Login refused","detail":"The password is wrong."}', null, "The password is wrong."],
    [422, '{"errors":[{"pointer":"/password","detail":"It is too short."}]}', null, "It is too short."],
    [
      422,
      '{"errors":[{"pointer":"/email","detail":"must be an email address"}]}',
      null,
      "Email: must be an email address.",
    ],
    [429, '{"title":"Too many requests","detail":"Try again."}', "7", "Too many requests. Try again in 7 s."],
    [
      503,
      '{"title":"Not available now","detail":"Nothing new is taken in now: the queue is full. Try again soon."}',
      "5",
      "Nothing new is taken in now: the queue is full. Try again in 5 s.",
    ],
    [503, "", "5", "Not available now. Try again in 5 s."],
    [502, "<html>Bad gateway</html>", null, "The server answered with status 502."],
    [500, "null", null, "The server answered with status 500."],
  ];
  for (const [status, body, wait, text] of cases)
    assert.equal(new Problem(problemFrom(status, body, wait)).message, text);
});

test("the request's id is kept for a report", () => {
  assert.equal(new Problem(problemFrom(500, '{"request_id":"abc"}', null)).requestId, "abc");
});

test("a duplicate names the first job", () => {
  const body = '{"type":"urn:logmill:problem:duplicate","detail":"The same.","job_id":"first"}';
  const { kind, jobId, jobs } = new Problem(problemFrom(409, body, null));
  assert.deepEqual([kind, jobId, jobs], ["duplicate", "first", []]);
});

test("errors are told at their fields, the others once below", () => {
  const errors = [
    { pointer: "/sample", detail: "line 1" },
    { pointer: "/sample", detail: "line 2" },
    { pointer: "/keywords/3", detail: "blank" },
  ];
  const problem = new Problem({ errors });
  assert.deepEqual(errorsAt(problem, "/sample"), ["line 1", "line 2"]);
  assert.deepEqual(errorsAt(problem, "/keywords"), ["blank"]);
  assert.deepEqual(errorsAt(problem, "/key"), []);
  assert.deepEqual(errorsAt(null, "/sample"), []);
  assert.equal(errorElsewhere(problem, "/sample", "/keywords"), null);
  assert.equal(errorElsewhere(problem, "/sample"), problem.message);
  assert.equal(errorElsewhere(new Problem({ detail: "Name taken." }), "/name"), "Name taken.");
  assert.equal(errorElsewhere(null, "/name"), null);
});
