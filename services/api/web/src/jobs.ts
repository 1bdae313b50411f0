/** The jobs this page knows of, newest first, from answers and events alike. */

import type { Api, Page } from "./api.ts";
import { Cell } from "./cell.ts";
import {
  byAge,
  isActive,
  withProgress,
  withRecord,
  type Job,
  type JobRecord,
  type Progress,
  type Status,
} from "./job.ts";
import { asProblem } from "./problem.ts";

const pageSize = 50;
const learnMs = 500;

export interface JobList {
  readonly jobs: ReadonlyMap<string, Job>;
  /** Only jobs of these statuses are listed; none lists all. */
  readonly statuses: readonly Status[];
  readonly nextCursor: string | null;
  readonly loaded: boolean;
  readonly problem: string | null;
}

const emptyList: JobList = { jobs: new Map(), statuses: [], nextCursor: null, loaded: false, problem: null };

export class Jobs {
  readonly list = new Cell<JobList>(emptyList);
  #asked = 0;
  #learning: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly api: Api) {}

  clear(): void {
    this.#asked += 1;
    clearTimeout(this.#learning);
    this.list.set(emptyList);
  }

  /** Reads the newest jobs again; what is known of older ones is kept. */
  async refresh(): Promise<void> {
    await this.#read(null);
  }

  async more(): Promise<void> {
    await this.#read(this.list.get().nextCursor);
  }

  async show(statuses: readonly Status[]): Promise<void> {
    this.list.update((list) => ({ ...list, statuses, nextCursor: null, loaded: false }));
    await this.#read(null);
  }

  /** Reads one job, which need not be among the newest. Throws a Problem, 404 for somebody else's. */
  async read(jobId: string): Promise<void> {
    this.#merge([await this.api.job(jobId)]);
  }

  onProgress(progress: Progress): void {
    const known = this.list.get().jobs.get(progress.job_id);
    this.#put([withProgress(known, progress, new Date().toISOString())]);
    if (!known) this.#learn();
  }

  async remove(jobId: string): Promise<void> {
    await this.api.remove(jobId);
    this.forget(jobId);
  }

  /** The job is no more. */
  forget(jobId: string): void {
    this.list.update((list) => {
      const jobs = new Map(list.jobs);
      jobs.delete(jobId);
      return { ...list, jobs };
    });
  }

  async #read(cursor: string | null): Promise<void> {
    const asked = ++this.#asked;
    const { statuses } = this.list.get();
    try {
      const page = await this.api.jobs({ status: statuses.join(","), cursor, limit: pageSize });
      if (asked !== this.#asked) return;
      this.#merge(page.items);
      if (cursor === null && statuses.length === 0) this.list.update((list) => withoutGone(list, page));
      this.list.update((list) => ({ ...list, ...pageEnd(list, cursor, page.next_cursor) }));
    } catch (error) {
      if (asked === this.#asked)
        this.list.update((list) => ({ ...list, loaded: true, problem: asProblem(error).message }));
    }
  }

  /** Events do not say where a job comes from: the list does, read once for all that are new at a time. */
  #learn(): void {
    clearTimeout(this.#learning);
    this.#learning = setTimeout(() => void this.refresh(), learnMs);
  }

  #merge(records: readonly JobRecord[]): void {
    const { jobs } = this.list.get();
    this.#put(records.map((record) => withRecord(jobs.get(record.job_id), record)));
  }

  #put(changed: readonly Job[]): void {
    this.list.update((list) => {
      const jobs = new Map(list.jobs);
      for (const job of changed) jobs.set(job.job_id, job);
      return { ...list, jobs };
    });
  }
}

/** A refresh of the first page must not lose the place reached by "more". */
function pageEnd(list: JobList, cursor: string | null, next: string | null): Partial<JobList> {
  const keepsPlace = cursor === null && list.loaded && list.jobs.size > pageSize;
  return { loaded: true, problem: null, nextCursor: keepsPlace ? list.nextCursor : next };
}

/** Without the jobs that should be on this newest page but are not: another tab has deleted them. */
function withoutGone(list: JobList, page: Page<JobRecord>): JobList {
  const here = new Set(page.items.map((record) => record.job_id));
  const oldest = page.next_cursor === null ? "" : (page.items.at(-1)?.created_at ?? "");
  const isGone = (job: Job) => !here.has(job.job_id) && !isActive(job.status) && job.created_at > oldest;
  return { ...list, jobs: new Map([...list.jobs].filter(([, job]) => !isGone(job))) };
}

/** The jobs to list, newest first. */
export function listed(list: JobList): Job[] {
  const jobs = [...list.jobs.values()].sort(byAge);
  return list.statuses.length > 0 ? jobs.filter((job) => list.statuses.includes(job.status)) : jobs;
}

export function activeJobs(list: JobList): Job[] {
  return listed({ ...list, statuses: [] }).filter((job) => isActive(job.status));
}
