import assert from "node:assert/strict";
import { test } from "node:test";

import {
  formatRoute,
  isFiltered,
  lettersRoute,
  noFilter,
  parseRoute,
  place,
  settingsRoute,
  webhooksRoute,
} from "../src/route.ts";

const jobId = "0b9c2f60-5f1e-4f0a-9d55-3a8f0a1c2d3e";

test("a route survives the URL", () => {
  const filter = { ...noFilter, level: "error,fatal", q: "a&b=ü #%", reason: "" };
  assert.deepEqual(parseRoute(formatRoute({ jobId, filter })), { jobId, filter });
});

test("an unfiltered job has a short URL", () => {
  assert.equal(formatRoute({ jobId, filter: noFilter }), `#/jobs/${jobId}`);
  assert.equal(formatRoute({ jobId: null, filter: noFilter }), "#/");
});

test("the settings have an address", () => {
  assert.equal(formatRoute(settingsRoute), "#/settings");
  assert.deepEqual(parseRoute("#/settings"), settingsRoute);
});

test("the dead letters have an address with their filter and the one that is open", () => {
  assert.equal(formatRoute(lettersRoute()), "#/dead-letters");
  const filter = { reason: "bad_checksum", state: "waiting,stored", job_id: jobId, q: "a&b" };
  for (const route of [lettersRoute(filter), lettersRoute({}, jobId), lettersRoute(filter, jobId)]) {
    assert.deepEqual(parseRoute(formatRoute(route)), route);
  }
  assert.equal(place(lettersRoute(filter, jobId)), `#/dead-letters/${jobId}`);
});

test("the webhooks have an address with the event that is listed", () => {
  assert.equal(formatRoute(webhooksRoute()), "#/webhooks");
  for (const route of [webhooksRoute(), webhooksRoute({ event: "pull_request" })]) {
    assert.deepEqual(parseRoute(formatRoute(route)), route);
  }
  assert.equal(place(webhooksRoute({ event: "push" })), "#/webhooks");
});

test("anything else shows the list", () => {
  for (const hash of ["", "#", "#/", "#/jobs/", "#/jobs/../../auth", `#/jobs/${jobId}/x`, "#main", "#/dead-letters/1", "#/webhooks/1"]) {
    assert.equal(place(parseRoute(hash)), "#/", hash);
  }
});

test("only a set field is a filter", () => {
  assert.equal(isFiltered(noFilter), false);
  assert.equal(isFiltered({ ...noFilter, q: "x" }), true);
});
