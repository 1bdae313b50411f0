import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem, problemFrom } from "../src/problem.ts";

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
    [502, "<html>Bad gateway</html>", null, "The server answered with status 502."],
    [500, "null", null, "The server answered with status 500."],
  ];
  for (const [status, body, wait, text] of cases)
    assert.equal(new Problem(problemFrom(status, body, wait)).message, text);
});

test("the request's id is kept for a report", () => {
  assert.equal(new Problem(problemFrom(500, '{"request_id":"abc"}', null)).requestId, "abc");
});
