/** Files on their way and jobs, newest first, in one list so that a row keeps its place. */

import { useCell } from "../cell.ts";
import { statuses, type Job, type Status } from "../job.ts";
import { listed } from "../jobs.ts";
import { usePage } from "../page.ts";
import type { Upload } from "../upload.ts";
import { JobRow } from "./job-row.tsx";
import { statusWord } from "./status.tsx";
import { UploadRow } from "./upload-row.tsx";

export function JobList() {
  const { jobs, uploads } = usePage();
  const list = useCell(jobs.list);
  const sent = useCell(uploads.list);
  const shown = listed(list);
  const alone = sent.filter((upload) => !upload.jobId || !list.jobs.has(upload.jobId));
  const pending = alone.filter((upload) => upload.state !== "accepted");
  return (
    <section class="jobs" aria-label="Jobs">
      <header class="jobs-head">
        <h2>Jobs</h2>
        <StatusFilter value={list.status} onChange={(status) => void jobs.show(status)} />
      </header>
      {list.problem && <p class="form-error">{list.problem}</p>}
      <ul class="rows">
        {pending.map((upload) => (
          <UploadRow key={`upload-${upload.key}`} upload={upload} />
        ))}
        {shown.map((job) => (
          <JobRow key={job.job_id} job={job} upload={uploadFor(job, sent)} />
        ))}
      </ul>
      {list.loaded && shown.length + pending.length === 0 && <Empty status={list.status} />}
      {list.nextCursor && (
        <button class="button wide" type="button" onClick={() => void jobs.more()}>
          Older jobs
        </button>
      )}
    </section>
  );
}

function uploadFor(job: Job, uploads: readonly Upload[]): Upload | null {
  return uploads.find((upload) => upload.jobId === job.job_id) ?? null;
}

function StatusFilter({ value, onChange }: { value: Status | ""; onChange: (status: Status | "") => void }) {
  const change = (event: Event) => onChange((event.currentTarget as HTMLSelectElement).value as Status | "");
  return (
    <select class="select" aria-label="Show jobs of status" value={value} onChange={change}>
      <option value="">All</option>
      {statuses.map((status) => (
        <option key={status} value={status}>
          {statusWord(status)}
        </option>
      ))}
    </select>
  );
}

function Empty({ status }: { status: Status | "" }) {
  return (
    <p class="empty">{status ? `No job is ${statusWord(status).toLowerCase()}.` : "No jobs yet. Drop a log file above to start one."}</p>
  );
}
