/** The broker's counters, asked for every few seconds while somebody looks. */

import type { Api, QueueState, QueueStatus } from "./api.ts";
import { Cell } from "./cell.ts";

const pollMs = 4_000;
/** Where line batches wait for a worker: inputs' beginnings, what is far behind one, and those that are tried alone. */
const workQueues = ["logs_ingest", "logs_ingest.bulk", "logs_ingest.isolated"];

/** Of all queues that workers take from; null while nobody knows any of them. */
export function atWork(status: QueueStatus | null, number: "ready" | "unacked"): number | null {
  const known = workQueues.map((name) => status?.queues[name]).filter((queue): queue is QueueState => queue != null);
  const numbers = known.map((queue) => queue[number]).filter((value) => value !== null);
  return numbers.length > 0 ? numbers.reduce((sum, value) => sum + value, 0) : null;
}

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
