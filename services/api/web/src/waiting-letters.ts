/** How many dead letters wait for somebody to decide, asked for now and then while somebody looks. */

import type { Api } from "./api.ts";
import { Cell } from "./cell.ts";

/** The ends of this user's jobs are told at once; this is for what happens elsewhere. */
const pollMs = 30_000;
/** The server counts no further. */
export const mostCounted = 10_000;

export class WaitingLetters {
  /** null until the first answer. */
  readonly count = new Cell<number | null>(null);
  #isWanted = false;

  constructor(private readonly api: Api) {
    setInterval(() => void this.refresh(), pollMs);
    document.addEventListener("visibilitychange", () => void this.refresh());
  }

  /** Somebody is logged in. */
  start(): void {
    this.#isWanted = true;
    void this.refresh();
  }

  stop(): void {
    this.#isWanted = false;
    this.count.set(null);
  }

  async refresh(): Promise<void> {
    if (!this.#isWanted || document.hidden) return;
    const answer = await this.api.waitingLetters().catch(() => null);
    if (answer && this.#isWanted) this.count.set(answer.waiting);
  }
}
