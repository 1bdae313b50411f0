/** What was delivered, the latest first, page by page. */

import type { Api } from "./api.ts";
import { Cell } from "./cell.ts";
import { asProblem, isAbort } from "./problem.ts";
import type { Delivery } from "./webhook.ts";

const pageSize = 50;

export interface DeliveryList {
  readonly items: readonly Delivery[];
  readonly nextCursor: string | null;
  readonly state: "loading" | "ready" | "failed";
  /** It was read at least once. */
  readonly isRead: boolean;
  readonly problem: string | null;
}

export const noDeliveries: DeliveryList = {
  items: [],
  nextCursor: null,
  state: "loading",
  isRead: false,
  problem: null,
};

export class Deliveries {
  readonly list: Cell<DeliveryList>;
  readonly #request = new AbortController();
  #pages = 0;
  #isAsking = false;

  /** Those of one event, or of all with "". `before` stays in sight until the first answer. */
  constructor(
    private readonly api: Api,
    private readonly event: string,
    before: DeliveryList,
  ) {
    this.list = new Cell<DeliveryList>({ ...before, nextCursor: null, state: "loading", problem: null });
  }

  /** Reads the first page again, unless more was read than that: the reader's place is kept. */
  async refresh(): Promise<void> {
    if (this.#pages <= 1) await this.#read(null);
  }

  async more(): Promise<void> {
    await this.#read(this.list.get().nextCursor);
  }

  close(): void {
    this.#request.abort();
  }

  /** One answer at a time: a refresh must not undo what the reader asked for. */
  async #read(cursor: string | null): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const { signal } = this.#request;
    const show = (change: Partial<DeliveryList>) => this.list.update((list) => ({ ...list, ...change }));
    show({ state: "loading" });
    try {
      const query = { event: this.event, limit: pageSize, cursor };
      const page = await this.api.webhookDeliveries(query, signal);
      const before = cursor === null ? [] : this.list.get().items;
      this.#pages = cursor === null ? 1 : this.#pages + 1;
      const read = { items: [...before, ...page.items], nextCursor: page.next_cursor };
      show({ ...read, state: "ready", isRead: true, problem: null });
    } catch (error) {
      if (!isAbort(error)) show({ state: "failed", problem: asProblem(error).message });
    }
    this.#isAsking = false;
  }
}
