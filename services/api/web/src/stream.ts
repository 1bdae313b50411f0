/** The page's one event stream: progress of all the user's jobs, kept alive across errors and hidden tabs. */

import { Cell } from "./cell.ts";
import type { Progress } from "./job.ts";

/** `off` while nobody is logged in or the tab is hidden. */
export type StreamState = "off" | "connecting" | "live" | "reconnecting";

export interface StreamListener {
  progress(progress: Progress): void;
  /** The job has ended; its final numbers are with it. */
  ended(progress: Progress): void;
  /** Events may have been missed before this moment: ask for everything again. */
  resumed(): void;
}

const endings = ["completed", "failed", "cancelled", "interrupted"] as const;
const longestRetryMs = 15_000;
const hiddenGraceMs = 10_000;

export class Stream {
  readonly state = new Cell<StreamState>("off");
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #wanted = false;

  constructor(
    private readonly url: string,
    private readonly listener: StreamListener,
  ) {
    // A browser allows six connections to one host: hidden tabs give theirs back.
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    // A connection that lost its network stays open for minutes without a word.
    addEventListener("offline", () => this.#wanted && this.#close("reconnecting"));
    addEventListener("online", () => this.#wanted && this.#open("reconnecting"));
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#open("connecting");
  }

  stop(): void {
    this.#wanted = false;
    this.#close("off");
  }

  #open(state: StreamState): void {
    this.#close(state);
    const source = new EventSource(this.url);
    this.#source = source;
    source.onopen = () => this.#onOpen();
    source.onerror = () => this.#onError(source);
    source.addEventListener("progress", (event) => this.listener.progress(parse(event)));
    for (const name of endings) source.addEventListener(name, (event) => this.listener.ended(parse(event)));
  }

  #close(state: StreamState): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    this.state.set(state);
  }

  #onOpen(): void {
    this.#failures = 0;
    this.state.set("live");
    this.listener.resumed();
  }

  #onError(source: EventSource): void {
    this.state.set("reconnecting");
    this.#failures += 1;
    // The browser retries a broken connection, but gives up for good on an answer that is no stream.
    if (source.readyState === EventSource.CLOSED) this.#retryLater();
    this.listener.resumed();
  }

  #retryLater(): void {
    const delay = Math.min(longestRetryMs, 1000 * 2 ** Math.min(this.#failures, 5));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open("reconnecting"), delay * (0.75 + Math.random() / 2));
  }

  #onVisibility(): void {
    if (!this.#wanted) return;
    clearTimeout(this.#timer);
    if (document.hidden) this.#timer = setTimeout(() => this.#close("off"), hiddenGraceMs);
    else if (this.#source === null || this.#source.readyState === EventSource.CLOSED) this.#open("connecting");
  }
}

function parse(event: MessageEvent<string>): Progress {
  return JSON.parse(event.data) as Progress;
}
