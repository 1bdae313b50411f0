/** The dead letters that pass a filter: by reason, how many a replay would take, and one by one, page by page. */

import type { Api, Page } from "./api.ts";
import { Cell } from "./cell.ts";
import { sumOf, type DeadLetter, type LetterGroup, type Sum } from "./dead-letter.ts";
import { asProblem, isAbort } from "./problem.ts";
import type { LetterFilter } from "./route.ts";

const pageSize = 50;
/** The server gives no more at once. */
const mostAtOnce = 500;

export interface LetterList {
  readonly items: readonly DeadLetter[];
  readonly nextCursor: string | null;
  /** By reason, whatever reason the filter wants: another one can be chosen. */
  readonly groups: readonly LetterGroup[];
  /** What waits, of those that pass. */
  readonly waiting: Sum;
  readonly state: "loading" | "ready" | "failed";
  /** It was read at least once. */
  readonly isRead: boolean;
  readonly problem: string | null;
}

export const noLetters: LetterList = {
  items: [],
  nextCursor: null,
  groups: [],
  waiting: { letters: 0, lines: 0 },
  state: "loading",
  isRead: false,
  problem: null,
};

export class DeadLetters {
  readonly list: Cell<LetterList>;
  #request = new AbortController();
  /** How many the reader has seen: a refresh keeps the place. */
  #wanted = pageSize;

  /** `before` stays in sight until the first answer. */
  constructor(
    private readonly api: Api,
    private readonly filter: LetterFilter,
    before: LetterList,
  ) {
    this.list = new Cell<LetterList>({ ...before, nextCursor: null, state: "loading", problem: null });
  }

  /** Reads everything again. */
  async refresh(): Promise<void> {
    await this.#read(async (signal) => {
      const [page, groups, waiting] = await Promise.all([
        this.api.deadLetters(this.filter, { limit: Math.min(this.#wanted, mostAtOnce), cursor: null }, signal),
        this.api.letterGroups({ ...this.filter, reason: "" }, signal),
        this.#waiting(signal),
      ]);
      return { ...pageOf(page), groups: groups.items, waiting };
    });
  }

  async more(): Promise<void> {
    const { items, nextCursor } = this.list.get();
    await this.#read(async (signal) => {
      const page = await this.api.deadLetters(this.filter, { limit: pageSize, cursor: nextCursor }, signal);
      this.#wanted += pageSize;
      return { ...pageOf(page), items: [...items, ...page.items] };
    });
  }

  close(): void {
    this.#request.abort();
  }

  async #waiting(signal: AbortSignal): Promise<Sum> {
    if (!wantsWaiting(this.filter)) return noLetters.waiting;
    return sumOf((await this.api.letterGroups({ ...this.filter, state: "waiting" }, signal)).items);
  }

  async #read(ask: (signal: AbortSignal) => Promise<Partial<LetterList>>): Promise<void> {
    this.#request.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    const show = (change: Partial<LetterList>) => this.list.update((list) => ({ ...list, ...change }));
    show({ state: "loading" });
    try {
      const read = await ask(signal);
      if (!signal.aborted) show({ ...read, state: "ready", isRead: true, problem: null });
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      show({ state: "failed", problem: asProblem(error).message });
    }
  }
}

function wantsWaiting({ state }: LetterFilter): boolean {
  return state === "" || state === "all" || state.split(",").includes("waiting");
}

function pageOf(page: Page<DeadLetter>): Pick<LetterList, "items" | "nextCursor"> {
  return { items: page.items, nextCursor: page.next_cursor };
}
