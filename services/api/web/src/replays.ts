/** The replays this page follows: those that run, and those that ended since it was opened. */

import type { Api } from "./api.ts";
import { Cell } from "./cell.ts";
import type { Replay } from "./replay.ts";

const shortestPollMs = 1_000;
const longestPollMs = 5_000;
/** Of the latest, one that is older has hardly run till now. */
const mostResumed = 20;

export class Replays {
  /** The latest first. */
  readonly list = new Cell<readonly Replay[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pollMs = shortestPollMs;

  /** `onEnded` is called once for each. */
  constructor(
    private readonly api: Api,
    private readonly onEnded: () => void,
  ) {}

  /** Follows those that run already, begun elsewhere or before a reload. */
  async resume(): Promise<void> {
    const { items } = await this.api.replays(mostResumed);
    for (const replay of items.filter(({ status }) => status === "running").reverse()) this.#put(replay);
    this.#pollSoon();
  }

  /** Follows what was just asked for; throws the Problem it was refused with. */
  async follow(asked: Promise<Replay>): Promise<void> {
    this.#put(await asked);
    this.#pollSoon();
  }

  /** Letters that were not published yet wait again. */
  async cancel(replayId: string): Promise<void> {
    this.#put(await this.api.cancelReplay(replayId));
  }

  dismiss(replayId: string): void {
    this.list.update((list) => list.filter((replay) => replay.replay_id !== replayId));
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.list.set([]);
  }

  #pollSoon(): void {
    this.#pollMs = shortestPollMs;
    this.#schedule();
  }

  /** A long one is asked for less and less often. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.list.get().some(isRunning)) this.#timer = setTimeout(() => void this.#poll(), this.#pollMs);
    this.#pollMs = Math.min(longestPollMs, this.#pollMs * 1.2);
  }

  async #poll(): Promise<void> {
    const running = document.hidden ? [] : this.list.get().filter(isRunning);
    // A server that is away for a moment is asked again.
    await Promise.allSettled(running.map(async ({ replay_id }) => this.#put(await this.api.replay(replay_id))));
    this.#schedule();
  }

  #put(replay: Replay): void {
    const before = this.list.get();
    const known = before.find(({ replay_id }) => replay_id === replay.replay_id);
    this.list.set(known ? before.map((one) => (one === known ? replay : one)) : [replay, ...before]);
    if (!isRunning(replay) && (!known || isRunning(known))) this.onEnded();
  }
}

function isRunning({ status }: Replay): boolean {
  return status === "running";
}
