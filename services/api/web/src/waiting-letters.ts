/** How many dead letters wait for somebody to decide, asked for every few seconds while somebody looks. */

import type { Api } from "./api.ts";
import { Cell } from "./cell.ts";
import { sumOf } from "./dead-letter.ts";
import { noLetterFilter } from "./route.ts";

const pollMs = 8_000;

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
    const groups = await this.api.letterGroups({ ...noLetterFilter, state: "waiting" }).catch(() => null);
    if (groups && this.#isWanted) this.count.set(sumOf(groups.items).letters);
  }
}
