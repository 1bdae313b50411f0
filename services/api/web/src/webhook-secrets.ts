/** The secrets that sign deliveries to this user: those of the account, and those of the server's configuration. */

import type { Api } from "./api.ts";
import { Cell } from "./cell.ts";
import type { NewWebhookSecret, WebhookSecret } from "./webhook.ts";

export class WebhookSecrets {
  /** null until they were read; the latest first, as the server has them. */
  readonly list = new Cell<readonly WebhookSecret[] | null>(null);
  #reading: Promise<void> | null = null;
  #changes = 0;

  constructor(private readonly api: Pick<Api, "webhookSecrets" | "addWebhookSecret" | "removeWebhookSecret">) {}

  /** One answer at a time: whoever asks meanwhile gets the same. Throws a Problem, as everything here does. */
  load(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  /**
   * With "" as its secret, the server makes one. It is told only here, so nothing that could fail comes after it: the
   * list is changed by itself.
   */
  async add(name: string, secret: string): Promise<NewWebhookSecret> {
    const added = await this.api.addWebhookSecret(secret ? { name, secret } : { name });
    const { secret: _, ...listed } = added;
    this.#change((list) => [listed, ...list]);
    return added;
  }

  async remove(secretId: string): Promise<void> {
    await this.api.removeWebhookSecret(secretId);
    this.#change((list) => list.filter(({ webhook_secret_id: id }) => id !== secretId));
  }

  /** A list that was asked for before a change is not shown: it may lack it. */
  async #read(): Promise<void> {
    const changes = this.#changes;
    const { items } = await this.api.webhookSecrets();
    if (changes === this.#changes) this.list.set(items);
  }

  #change(change: (list: readonly WebhookSecret[]) => readonly WebhookSecret[]): void {
    this.#changes += 1;
    this.list.update((list) => list && change(list));
  }
}
