import assert from "node:assert/strict";
import { test } from "node:test";

import { WebhookSecrets } from "../src/webhook-secrets.ts";
import type { NewWebhookSecret, WebhookSecret } from "../src/webhook.ts";

function listed(id: string): WebhookSecret {
  const paths = { payload_path: `/webhook/github?hook=${id}`, created_at: "2024-05-01T12:00:00Z", last_used_at: null };
  return { webhook_secret_id: id, name: id, hint: "cret", source: "account", ...paths };
}

/** A server whose lists are answered by hand. */
class Server {
  readonly asked: Asked[] = [];

  webhookSecrets() {
    const answer = ask();
    this.asked.push(answer);
    return answer.promise;
  }

  async addWebhookSecret({ name }: { name: string }): Promise<NewWebhookSecret> {
    return { ...listed(name), secret: "the whole secret" };
  }

  async removeWebhookSecret() {}
}

interface Page {
  readonly items: WebhookSecret[];
  readonly next_cursor: null;
}

interface Asked {
  readonly promise: Promise<Page>;
  readonly answer: (...ids: string[]) => void;
  readonly fail: (problem: Error) => void;
}

function ask(): Asked {
  let resolve!: (page: Page) => void;
  let fail!: (problem: Error) => void;
  const promise = new Promise<Page>((...both) => ([resolve, fail] = both));
  return { promise, fail, answer: (...ids) => resolve({ items: ids.map(listed), next_cursor: null }) };
}

function names(secrets: WebhookSecrets): string[] | undefined {
  return secrets.list.get()?.map(({ name }) => name);
}

async function read(...ids: string[]): Promise<[WebhookSecrets, Server]> {
  const server = new Server();
  const secrets = new WebhookSecrets(server);
  const done = secrets.load();
  server.asked[0]?.answer(...ids);
  await done;
  return [secrets, server];
}

test("a new secret is told and listed even while lists cannot be read", async () => {
  const [secrets, server] = await read("one");
  const failing = secrets.load();
  server.asked[1]?.fail(new Error("away"));
  await assert.rejects(failing, /away/);
  assert.equal((await secrets.add("two", "")).secret, "the whole secret");
  assert.deepEqual(names(secrets), ["two", "one"]);
  assert.equal(JSON.stringify(secrets.list.get()).includes("the whole secret"), false);
  await secrets.remove("one");
  assert.deepEqual(names(secrets), ["two"]);
  assert.equal(server.asked.length, 2);
});

test("lists are read one at a time, and the next one after an answer", async () => {
  const [secrets, server] = await read();
  const both = Promise.all([secrets.load(), secrets.load()]);
  assert.equal(server.asked.length, 2);
  server.asked[1]?.answer("one");
  await both;
  void secrets.load();
  assert.equal(server.asked.length, 3);
});

test("a list from before a change does not undo it", async () => {
  const [secrets, server] = await read("one");
  const older = secrets.load();
  await secrets.add("two", "");
  server.asked[1]?.answer("one");
  await older;
  assert.deepEqual(names(secrets), ["two", "one"]);
});

test("nothing is listed before the first answer", async () => {
  const server = new Server();
  const secrets = new WebhookSecrets(server);
  await secrets.add("one", "");
  assert.equal(secrets.list.get(), null);
});
