/** A job as the API and its events describe it, and how the two are brought together. Everything here is pure. */

export type Status =
  "receiving" | "processing" | "completed" | "completed_with_errors" | "failed" | "cancelled" | "interrupted";

export type Counts = Readonly<Record<string, number>>;

export interface Tally {
  readonly lines_read: number;
  readonly lines_stored: number;
  readonly lines_rejected: number;
  readonly lines_dead_lettered: number;
}

/** An item of `GET /api/jobs`. */
export interface JobRecord extends Tally {
  readonly job_id: string;
  readonly file_name: string;
  readonly source: string;
  readonly status: Status;
  readonly error_message: string | null;
  /** What holds its upload up just now. */
  readonly notice?: string | null;
  readonly bytes_received: number;
  readonly bytes_total: number | null;
  readonly format_counts: Counts | null;
  readonly content_sha256: string | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly failed_at: string | null;
}

/** The data of a `progress` or terminal event. */
export interface Progress extends Tally {
  readonly job_id: string;
  readonly file_name: string;
  readonly status: Status;
  readonly bytes_received: number;
  readonly bytes_total: number | null;
  readonly progress_percent: number | null;
  readonly lines_per_second: number | null;
  readonly eta_seconds: number | null;
  readonly unique_ips: number | null;
  readonly level_counts: Counts;
  readonly keyword_counts: Counts;
  readonly error_message?: string | null;
  readonly notice?: string | null;
}

export interface Job extends JobRecord {
  /** The latest event about it; null when none was seen since the page was opened. */
  readonly progress: Progress | null;
}

export function isActive(status: Status): boolean {
  return status === "receiving" || status === "processing";
}

/** Takes in what webhooks deliver until its day is over: nobody knows how much that will be. */
export function isRolling({ source, status }: Pick<Job, "source" | "status">): boolean {
  return source === "github" && status === "receiving";
}

/** Lines with an outcome; when the job has ended this equals the lines read. */
export function settled(tally: Tally): number {
  return tally.lines_stored + tally.lines_rejected + tally.lines_dead_lettered;
}

export function isConserved(tally: Tally): boolean {
  return tally.lines_read === settled(tally);
}

/** What both an answer and an event say. */
interface News extends Tally {
  readonly file_name: string;
  readonly status: Status;
  readonly error_message?: string | null;
  readonly notice?: string | null;
  readonly bytes_received: number;
  readonly bytes_total: number | null;
}

/** The job after an answer of the API, which may be older than the last event. */
export function withRecord(job: Job | undefined, record: JobRecord): Job {
  if (!job) return { ...record, progress: null };
  if (isStale(job, record)) return { ...record, ...pickNews(job), progress: job.progress };
  return { ...record, progress: isActive(record.status) ? job.progress : null };
}

/** The job after an event; `now` (RFC 3339) dates a job that only events told of. */
export function withProgress(job: Job | undefined, progress: Progress, now: string): Job {
  if (job && isStale(job, progress)) return job;
  return { ...(job ?? { ...unseen, created_at: now }), ...pickNews(progress), job_id: progress.job_id, progress };
}

const unseen = {
  source: "",
  format_counts: null,
  content_sha256: null,
  started_at: null,
  completed_at: null,
  failed_at: null,
};

function pickNews(from: News): Required<News> {
  return {
    file_name: from.file_name,
    status: from.status,
    error_message: from.error_message ?? null,
    notice: from.notice ?? null,
    lines_read: from.lines_read,
    lines_stored: from.lines_stored,
    lines_rejected: from.lines_rejected,
    lines_dead_lettered: from.lines_dead_lettered,
    bytes_received: from.bytes_received,
    bytes_total: from.bytes_total,
  };
}

/** The numbers of a running job only grow, and only a resumed one runs again: what goes back is old news. */
function isStale(job: News, news: News): boolean {
  if (!isActive(news.status)) return false;
  if (job.status === "cancelled") return true;
  return isActive(job.status) ? distance(news) < distance(job) : distance(news) <= distance(job);
}

function distance(news: News): number {
  return news.bytes_received + news.lines_read + settled(news);
}

/** Why the upload of a job does not go on just now; null while it does, and once it is over. */
export function heldUp(job: Job): string | null {
  return job.status === "receiving" ? (job.notice ?? null) : null;
}

/** How far it is, 0 to 100; null while nobody knows, and for good when it broke off. 100 is kept for completed jobs. */
export function percentDone(job: Job): number | null {
  if (job.status === "completed" || job.status === "completed_with_errors") return 100;
  const told = job.progress?.progress_percent ?? null;
  return brokeOff(job.status) || told === null ? null : Math.min(99, Math.max(0, told));
}

/** Ended before its work was done. */
export function brokeOff(status: Status): boolean {
  return status === "failed" || status === "cancelled" || status === "interrupted";
}

/** How much of the file arrived, 0 to 99, for the bar of a job that broke off: never a full one. */
export function percentArrived(job: Job): number {
  const part = job.bytes_total ? job.bytes_received / job.bytes_total : 0;
  return part < 1 ? Math.floor(part * 100) : 0;
}

/** Newest first, and among equals by id so that rows keep their places. */
export function byAge(first: Job, second: Job): number {
  return second.created_at.localeCompare(first.created_at) || second.job_id.localeCompare(first.job_id);
}
