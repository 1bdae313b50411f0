/** The files given to this page: a few are sent at once, the others wait. */

import type { Api } from "./api.ts";
import { Cell } from "./cell.ts";
import type { Job } from "./job.ts";
import type { UploadOptions } from "./options.ts";
import { asProblem, isAbort, type Problem } from "./problem.ts";
import { sampleRate, startRate } from "./rate.ts";
import {
  askDelay,
  isPatient,
  isPending,
  jobOf,
  retryDelay,
  sendFile,
  type Sending,
  type Upload,
  type UploadAnswer,
} from "./upload.ts";

/** The stream and the page's own questions need the rest of a browser's six connections. */
const mostAtOnce = 2;

/** What a file is before it is sent, for the first time or once more. */
const unsent = {
  state: "waiting",
  bytesSent: 0,
  jobsBefore: null,
  jobId: null,
  jobs: [],
  problem: null,
  retryAt: null,
  heldSince: null,
} as const;

/** Each is called once an upload at most. */
export interface UploadListener {
  /** Its job is known. */
  found(jobId: string): void;
  /** It was an archive of several files. */
  unpacked(): void;
  /** Its content is there already, as the job `first`; `own` was the job it had until then, which is no more. */
  duplicate(first: string, own: string | null): void;
}

export class Uploads {
  readonly list = new Cell<readonly Upload[]>([]);
  readonly #sending = new Map<number, Sending>();
  readonly #held = new Map<number, ReturnType<typeof setTimeout>>();
  #lastKey = 0;

  /** `knownJobs` are ids, null before they are loaded. */
  constructor(
    private readonly api: Api,
    private readonly knownJobs: () => ReadonlySet<string> | null,
    private readonly listener: UploadListener,
  ) {
    addEventListener("beforeunload", (event) => {
      if (this.list.get().some(isPending)) event.preventDefault();
    });
  }

  add(files: readonly File[], options: UploadOptions): void {
    const fresh = { ...unsent, rate: startRate(performance.now()), options, again: false };
    const waiting = files.map((file): Upload => ({ ...fresh, key: ++this.#lastKey, file }));
    this.list.update((list) => [...waiting, ...list]);
    this.#sendNext();
  }

  cancel(key: number): void {
    this.#release(key);
    this.#sending.get(key)?.abort();
    this.#change(key, { state: "cancelled" });
  }

  /** Stops sending what the job would get. */
  cancelFor(jobId: string): void {
    for (const upload of this.list.get()) if (upload.jobId === jobId && isPending(upload)) this.cancel(upload.key);
  }

  retry(key: number): void {
    this.#release(key);
    this.#change(key, unsent);
    this.#sendNext();
  }

  /** Sends a file although its content is there already. */
  sendAgain(key: number): void {
    this.#change(key, { again: true });
    this.retry(key);
  }

  dismiss(key: number): void {
    this.list.update((list) => list.filter((upload) => upload.key !== key));
  }

  clear(): void {
    for (const key of this.#held.keys()) this.#release(key);
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

  async #send(upload: Upload): Promise<void> {
    const { key } = upload;
    this.#change(key, {
      state: "sending",
      bytesSent: 0,
      rate: startRate(performance.now()),
      jobsBefore: this.knownJobs(),
    });
    const sending = sendFile(upload, (bytes) => this.#onSent(key, bytes));
    this.#sending.set(key, sending);
    try {
      this.#accepted(key, await sending.answer);
    } catch (error) {
      if (!isAbort(error)) this.#refused(key, asProblem(error));
    } finally {
      this.#sending.delete(key);
      this.#sendNext();
    }
  }

  #onSent(key: number, bytes: number): void {
    const upload = this.#find(key);
    if (upload) this.#change(key, { bytesSent: bytes, rate: sampleRate(upload.rate, bytes, performance.now()) });
  }

  #accepted(key: number, answer: UploadAnswer): void {
    if (answer.jobs.length > 1) {
      this.#change(key, { state: "accepted", jobs: answer.jobs, jobId: null });
      this.listener.unpacked();
    } else {
      this.#found(key, answer.job_id);
      this.#change(key, { state: "accepted", jobs: answer.jobs });
    }
  }

  #refused(key: number, problem: Problem): void {
    const own = this.#find(key)?.jobId ?? null;
    if (problem.kind === "duplicate" && problem.jobId !== null) {
      this.#change(key, { state: "duplicate", problem, jobId: null });
      this.listener.duplicate(problem.jobId, own);
    } else if (problem.kind === "job-ended") {
      // It was cancelled or deleted, maybe elsewhere.
      this.#change(key, { state: "cancelled" });
    } else if (!this.#hold(key, problem, retryDelay(problem))) {
      this.#change(key, { state: "failed", problem, jobs: problem.jobs, jobId: problem.jobId ?? own });
      if (problem.jobs.length > 1) this.listener.unpacked();
    }
  }

  /** The job it may have had is no more. False where it does not wait: `delay` says so, or it has waited long enough. */
  #hold(key: number, problem: Problem, delay: number | null): boolean {
    const now = Date.now();
    const heldSince = this.#find(key)?.heldSince ?? now;
    if (delay === null || !isPatient(heldSince, now, delay)) return false;
    this.#held.set(key, setTimeout(() => void this.#ask(key, problem), delay));
    this.#change(key, { state: "held", problem, retryAt: now + delay, heldSince, jobId: null });
    return true;
  }

  /** Sends it again if it is taken now; `refusal` stays what is told of it if not. */
  async #ask(key: number, refusal: Problem): Promise<void> {
    const problem = await this.api.askToUpload().then(() => null, asProblem);
    const held = this.#find(key);
    if (held?.state !== "held") return;
    this.#release(key);
    if (problem === null) {
      this.#change(key, { ...unsent, heldSince: held.heldSince });
      this.#sendNext();
    } else if (!this.#hold(key, refusal, askDelay(problem))) {
      this.#change(key, { state: "failed", problem: askDelay(problem) === null ? problem : refusal });
    }
  }

  #release(key: number): void {
    clearTimeout(this.#held.get(key));
    this.#held.delete(key);
  }

  #found(key: number, jobId: string): void {
    const known = this.#find(key);
    if (!known || known.jobId === jobId) return;
    this.#change(key, { jobId });
    if (known.jobId === null) this.listener.found(jobId);
  }

  #find(key: number): Upload | undefined {
    return this.list.get().find((upload) => upload.key === key);
  }

  #change(key: number, change: Partial<Upload>): void {
    this.list.update((list) => list.map((upload) => (upload.key === key ? { ...upload, ...change } : upload)));
  }
}
