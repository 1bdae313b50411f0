/** One file on its way to the server. */

import type { Job } from "./job.ts";
import { Problem, problemFrom } from "./problem.ts";
import type { Rate } from "./rate.ts";

export type UploadState = "waiting" | "sending" | "accepted" | "failed" | "cancelled";

export interface Upload {
  readonly key: number;
  readonly file: File;
  readonly state: UploadState;
  readonly bytesSent: number;
  readonly rate: Rate;
  /** The jobs known when it was begun, none of which it can be; null if they were not known yet. */
  readonly jobsBefore: ReadonlySet<string> | null;
  /** Known when the server has accepted the file, or earlier when its events name it. */
  readonly jobId: string | null;
  readonly problem: Problem | null;
}

export function isPending(upload: Upload): boolean {
  return upload.state === "waiting" || upload.state === "sending";
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

export interface Sending {
  /** The id of the job the file became. Rejects with a Problem, or with an AbortError after `abort`. */
  readonly jobId: Promise<string>;
  abort(): void;
}

/** Sends the file's bytes as they are; `onSent` is told how many have left. */
export function sendFile(file: File, onSent: (bytes: number) => void): Sending {
  // fetch cannot report how far an upload is.
  const request = new XMLHttpRequest();
  const jobId = new Promise<string>((resolve, reject) => {
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => reject(new Problem({ detail: "The connection was lost before the whole file was sent." }));
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
  });
  request.open("POST", `/upload?${describe(file)}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.send(file);
  return { jobId, abort: () => request.abort() };
}

function describe(file: File): URLSearchParams {
  return new URLSearchParams({ name: file.name, modified: new Date(file.lastModified).toISOString() });
}

function settle(request: XMLHttpRequest, resolve: (jobId: string) => void, reject: (problem: Problem) => void): void {
  const details = problemFrom(request.status, request.responseText, request.getResponseHeader("Retry-After"));
  if (request.status !== 202) return reject(new Problem(details));
  resolve((JSON.parse(request.responseText) as { job_id: string }).job_id);
}
