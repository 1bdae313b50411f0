/** One file on its way to the server. */

import { changedFile, isReadable } from "./changed-file.ts";
import type { Job } from "./job.ts";
import { fileQuery, type UploadOptions } from "./options.ts";
import { Problem, problemFrom, type SentJob } from "./problem.ts";
import type { Rate } from "./rate.ts";

/** `held`: the server takes nothing just now and is asked again; `duplicate`: its content was there already. */
export type UploadState = "waiting" | "sending" | "held" | "accepted" | "duplicate" | "failed" | "cancelled";

export interface Upload {
  readonly key: number;
  readonly file: File;
  readonly options: UploadOptions;
  /** Whether it is to be taken in although its content is there already. */
  readonly again: boolean;
  readonly state: UploadState;
  readonly bytesSent: number;
  readonly rate: Rate;
  /** The jobs known when it was begun, none of which it can be; null if they were not known yet. */
  readonly jobsBefore: ReadonlySet<string> | null;
  /** Known when the server has accepted the file, or earlier when its events name it. */
  readonly jobId: string | null;
  /** As answered: of an archive, one for each of its files. */
  readonly jobs: readonly SentJob[];
  readonly problem: Problem | null;
  /** When the server is asked again about a held one, in epoch milliseconds. */
  readonly retryAt: number | null;
  /** When it was held first, in epoch milliseconds; kept while it is sent again by itself. */
  readonly heldSince: number | null;
}

const patienceMs = 10 * 60_000;
const unnamedDelayMs = 5_000;

export function isPending({ state }: Upload): boolean {
  return state === "waiting" || state === "sending" || state === "held";
}

/**
 * Milliseconds after which to ask whether it is taken now; null for a refusal that waiting does not change, and for an
 * upload that broke off half-way: what came in of it is stored, and would be so twice.
 */
export function retryDelay({ status, retryAfter, jobId }: Problem): number | null {
  return status === 503 && retryAfter !== null && jobId === null ? retryAfter * 1000 : null;
}

/** The same for a server that was asked, with nothing sent: one that is away for a moment is asked again. */
export function askDelay({ status, retryAfter }: Problem): number | null {
  const isPassing = status === 0 || status === 429 || status === 502 || status === 503;
  return isPassing ? (retryAfter === null ? unnamedDelayMs : retryAfter * 1000) : null;
}

/** Whether a file that is held since then may wait that long still. */
export function isPatient(heldSince: number, now: number, delay: number): boolean {
  return now + delay - heldSince <= patienceMs;
}

/** Whether there is more to say about it than the row of its job says. */
export function hasNotes({ state, jobs }: Upload): boolean {
  if (state === "accepted") return jobs.length > 1 || jobs.some(isNotable);
  return state === "duplicate" || state === "failed" || state === "held";
}

/** A file of an archive that is not simply a new job. */
export function isNotable(job: SentJob): boolean {
  return job.duplicate === true || job.status === "failed";
}

/** The job a file has become, told by name and size: its id is only answered when all of it was received. */
export function jobOf(upload: Upload, jobs: readonly Job[], claimed: ReadonlySet<string>): Job | null {
  const { file, jobsBefore, state, jobId } = upload;
  if (state !== "sending" || jobId !== null) return null;
  const isNew = (job: Job) => (jobsBefore ? !jobsBefore.has(job.job_id) : job.status === "receiving");
  const fits = (job: Job) =>
    isNew(job) &&
    !claimed.has(job.job_id) &&
    job.file_name === file.name &&
    (job.bytes_total ?? file.size) === file.size;
  return jobs.find(fits) ?? null;
}

export interface UploadAnswer {
  /** The first one that is new. */
  readonly job_id: string;
  readonly jobs: readonly SentJob[];
}

export interface Sending {
  /** Rejects with a Problem, or with an AbortError after `abort`. */
  readonly answer: Promise<UploadAnswer>;
  abort(): void;
}

/** Sends the file's bytes as they are; `onSent` is told how many have left. */
export function sendFile(upload: Upload, onSent: (bytes: number) => void): Sending {
  // fetch cannot report how far an upload is.
  const request = new XMLHttpRequest();
  const answer = new Promise<UploadAnswer>((resolve, reject) => {
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => void brokenOff(upload.file).then(reject);
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
  });
  request.open("POST", `/upload?${new URLSearchParams(uploadQuery(upload))}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.send(upload.file);
  return { answer, abort: () => request.abort() };
}

function uploadQuery({ file, options, again }: Upload): Record<string, string> {
  return { name: file.name, ...fileQuery(file, options), ...(again ? { again: "true" } : {}) };
}

/** The browser does not tell why: a file that changed cannot be read any more. */
async function brokenOff(file: File): Promise<Problem> {
  if (!(await isReadable(file))) return changedFile();
  return new Problem({ detail: "The connection was lost before the whole file was sent." });
}

function settle(
  request: XMLHttpRequest,
  resolve: (answer: UploadAnswer) => void,
  reject: (problem: Problem) => void,
): void {
  const details = problemFrom(request.status, request.responseText, request.getResponseHeader("Retry-After"));
  if (request.status !== 202) return reject(new Problem(details));
  resolve(JSON.parse(request.responseText) as UploadAnswer);
}
