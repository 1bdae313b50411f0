/** The secrets that sign deliveries to this user: those of the account, and those of the server's configuration. */

import type { Api } from "./api.ts";
import { Cell } from "./cell.ts";
import type { NewWebhookSecret, WebhookSecret } from "./webhook.ts";

export class WebhookSecrets {
  /** null until they were read. */
  readonly list = new Cell<readonly WebhookSecret[] | null>(null);

  constructor(private readonly api: Api) {}

  /** Throws a Problem, as everything here does. */
  async load(): Promise<void> {
    this.list.set((await this.api.webhookSecrets()).items);
  }

  /** With "" as its secret, the server makes one. */
  async add(name: string, secret: string): Promise<NewWebhookSecret> {
    const added = await this.api.addWebhookSecret(secret ? { name, secret } : { name });
    await this.load();
    return added;
  }

  async remove(secretId: string): Promise<void> {
    await this.api.removeWebhookSecret(secretId);
    await this.load();
  }
}
