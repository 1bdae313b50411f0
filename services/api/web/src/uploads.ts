/** The files given to this page: a few are sent at once, the others wait. */

import { Cell } from "./cell.ts";
import type { Job } from "./job.ts";
import { asProblem, isAbort } from "./problem.ts";
import { sampleRate, startRate } from "./rate.ts";
import { isPending, jobOf, sendFile, type Sending, type Upload } from "./upload.ts";

/** The stream and the page's own questions need the rest of a browser's six connections. */
const mostAtOnce = 2;

export class Uploads {
  readonly list = new Cell<readonly Upload[]>([]);
  readonly #sending = new Map<number, Sending>();
  #lastKey = 0;

  /** `knownJobs` are ids, null before they are loaded; `onJob` is called once an upload, as soon as its job is known. */
  constructor(
    private readonly knownJobs: () => ReadonlySet<string> | null,
    private readonly onJob: (jobId: string) => void,
  ) {
    addEventListener("beforeunload", (event) => {
      if (this.list.get().some(isPending)) event.preventDefault();
    });
  }

  add(files: readonly File[]): void {
    const rate = startRate(performance.now());
    const waiting = files.map((file): Upload => {
      return {
        key: ++this.#lastKey,
        file,
        state: "waiting",
        bytesSent: 0,
        rate,
        jobsBefore: null,
        jobId: null,
        problem: null,
      };
    });
    this.list.update((list) => [...waiting, ...list]);
    this.#sendNext();
  }

  cancel(key: number): void {
    this.#sending.get(key)?.abort();
    this.#change(key, { state: "cancelled" });
  }

  retry(key: number): void {
    this.#change(key, { state: "waiting", problem: null, jobId: null });
    this.#sendNext();
  }

  dismiss(key: number): void {
    this.list.update((list) => list.filter((upload) => upload.key !== key));
  }

  clear(): void {
    for (const sending of this.#sending.values()) sending.abort();
    this.list.set([]);
  }

  /** Finds the jobs of uploads on their way. */
  claim(jobs: readonly Job[]): void {
    const claimed = new Set(this.list.get().flatMap((upload) => upload.jobId ?? []));
    for (const upload of this.list.get()) {
      const job = jobOf(upload, jobs, claimed);
      if (!job) continue;
      claimed.add(job.job_id);
      this.#found(upload.key, job.job_id);
    }
  }

  #sendNext(): void {
    const list = this.list.get();
    const free = mostAtOnce - this.#sending.size;
    const next = list.filter((upload) => upload.state === "waiting").slice(0, Math.max(0, free));
    for (const upload of next) void this.#send(upload);
  }

  async #send({ key, file }: Upload): Promise<void> {
    this.#change(key, {
      state: "sending",
      bytesSent: 0,
      rate: startRate(performance.now()),
      jobsBefore: this.knownJobs(),
    });
    const sending = sendFile(file, (bytes) => this.#onSent(key, bytes));
    this.#sending.set(key, sending);
    try {
      this.#found(key, await sending.jobId);
      this.#change(key, { state: "accepted" });
    } catch (error) {
      if (!isAbort(error)) this.#change(key, { state: "failed", problem: asProblem(error) });
    } finally {
      this.#sending.delete(key);
      this.#sendNext();
    }
  }

  #onSent(key: number, bytes: number): void {
    const upload = this.list.get().find((candidate) => candidate.key === key);
    if (upload) this.#change(key, { bytesSent: bytes, rate: sampleRate(upload.rate, bytes, performance.now()) });
  }

  #found(key: number, jobId: string): void {
    const known = this.list.get().find((upload) => upload.key === key);
    if (!known || known.jobId === jobId) return;
    this.#change(key, { jobId });
    if (known.jobId === null) this.onJob(jobId);
  }

  #change(key: number, change: Partial<Upload>): void {
    this.list.update((list) => list.map((upload) => (upload.key === key ? { ...upload, ...change } : upload)));
  }
}
