/** The broker's counters, asked for every few seconds while somebody looks. */

import type { Api, QueueStatus } from "./api.ts";
import { Cell } from "./cell.ts";

const pollMs = 4_000;

export class Queue {
  /** null until the first answer, and while the server cannot say. */
  readonly status = new Cell<QueueStatus | null>(null);

  constructor(private readonly api: Api) {}

  start(): void {
    void this.#poll();
    setInterval(() => void this.#poll(), pollMs);
    document.addEventListener("visibilitychange", () => void this.#poll());
  }

  async #poll(): Promise<void> {
    if (document.hidden) return;
    this.status.set(await this.api.queueStatus().catch(() => null));
  }
}
