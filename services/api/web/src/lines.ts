/** The lines of one job that pass a filter, page by page. */

import type { Api, Line, Page } from "./api.ts";
import { Cell } from "./cell.ts";
import { asProblem, isAbort } from "./problem.ts";
import { filterQuery, type LineFilter } from "./route.ts";

const pageSize = 100;

export interface LineList {
  readonly items: readonly Line[];
  readonly nextCursor: string | null;
  readonly state: "loading" | "ready" | "failed";
  readonly problem: string | null;
}

export const noLines: LineList = { items: [], nextCursor: null, state: "loading", problem: null };

export class Lines {
  readonly list: Cell<LineList>;
  #request = new AbortController();
  #pages = 0;

  /** `before` stays in sight until the first answer. */
  constructor(
    private readonly api: Api,
    private readonly jobId: string,
    private readonly filter: LineFilter,
    before: LineList,
  ) {
    this.list = new Cell<LineList>({ ...before, nextCursor: null, state: "loading", problem: null });
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

  /** Reads from `cursor` on until something was found: a long search is answered in empty pages. */
  async #read(cursor: string | null): Promise<void> {
    this.#request.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    this.list.update((list) => ({ ...list, state: "loading" }));
    try {
      let page = await this.#page(cursor, signal);
      while (page.items.length === 0 && page.next_cursor !== null) page = await this.#page(page.next_cursor, signal);
      const before = cursor === null ? [] : this.list.get().items;
      this.#pages = cursor === null ? 1 : this.#pages + 1;
      this.list.set({ items: [...before, ...page.items], nextCursor: page.next_cursor, state: "ready", problem: null });
    } catch (error) {
      if (isAbort(error)) return;
      this.list.update((list) => ({ ...list, state: "failed", problem: asProblem(error).message }));
    }
  }

  #page(cursor: string | null, signal: AbortSignal): Promise<Page<Line>> {
    const query = filterQuery(this.filter);
    query.set("limit", String(pageSize));
    if (cursor !== null) query.set("cursor", cursor);
    return this.api.lines(this.jobId, query, signal);
  }
}
