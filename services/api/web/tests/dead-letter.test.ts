import assert from "node:assert/strict";
import { test } from "node:test";

import { actionWords, advice, reasonWords, sumOf } from "../src/dead-letter.ts";

const at = "2024-05-01T12:00:00Z";

test("reasons are told in words, new ones too", () => {
  const cases: Array<[string, string]> = [
    ["bad_checksum", "Checksum does not match"],
    ["delivery_limit", "Its workers died each time"],
    ["unknown_job", "Its job is not known"],
    ["some_new_reason", "Some new reason"],
    ["", "No reason given"],
  ];
  for (const [reason, words] of cases) assert.equal(reasonWords(reason), words);
  assert.equal(advice("some_new_reason"), null);
  assert.match(advice("attempts_exhausted") ?? "", /Replay it once/);
});

test("groups are summed", () => {
  const group = { reason: "bad_checksum", jobs: 1, first_at: at, last_at: at, detail: null };
  assert.deepEqual(sumOf([]), { letters: 0, lines: 0 });
  assert.deepEqual(sumOf([{ ...group, letters: 2, lines: 30 }, { ...group, letters: 1, lines: 4 }]), {
    letters: 3,
    lines: 34,
  });
});

test("actions are told in words", () => {
  assert.equal(actionWords("dead_letters.replay"), "replayed");
  assert.equal(actionWords("letters.new_action"), "letters new action");
});
