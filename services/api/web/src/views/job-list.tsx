/** Files on their way and jobs, newest first, in one list so that a row keeps its place. */

import { useCell } from "../cell.ts";
import type { Job, Status } from "../job.ts";
import { listed } from "../jobs.ts";
import { usePage } from "../page.ts";
import { hasNotes, type Upload } from "../upload.ts";
import { JobRow } from "./job-row.tsx";
import { UploadRow } from "./upload-row.tsx";

export function JobList() {
  const { jobs, uploads } = usePage();
  const list = useCell(jobs.list);
  const sent = useCell(uploads.list);
  const shown = listed(list);
  const isAlone = (upload: Upload) => !upload.jobId || !list.jobs.has(upload.jobId);
  const own = sent.filter((upload) => hasNotes(upload) || (upload.state !== "accepted" && isAlone(upload)));
  return (
    <section class="jobs" aria-label="Jobs">
      <header class="jobs-head">
        <h2>Jobs</h2>
        <StatusFilter value={list.statuses} onChange={(statuses) => void jobs.show(statuses)} />
      </header>
      {list.problem && <p class="form-error">{list.problem}</p>}
      <ul class="rows">
        {own.map((upload) => (
          <UploadRow key={`upload-${upload.key}`} upload={upload} />
        ))}
        {shown.map((job) => (
          <JobRow key={job.job_id} job={job} upload={uploadFor(job, sent)} />
        ))}
      </ul>
      {list.loaded && shown.length + own.length === 0 && <Empty isAll={list.statuses.length === 0} />}
      {list.nextCursor && (
        <button class="button wide" type="button" onClick={() => void jobs.more()}>
          Older jobs
        </button>
      )}
    </section>
  );
}

function uploadFor(job: Job, uploads: readonly Upload[]): Upload | null {
  return uploads.find((upload) => upload.jobId === job.job_id && !hasNotes(upload)) ?? null;
}

const groups: Readonly<Record<string, readonly Status[]>> = {
  "All jobs": [],
  Running: ["receiving", "processing"],
  Completed: ["completed", "completed_with_errors"],
  "With errors": ["completed_with_errors", "failed"],
  "Broken off": ["cancelled", "interrupted"],
};

function StatusFilter({
  value,
  onChange,
}: {
  value: readonly Status[];
  onChange: (statuses: readonly Status[]) => void;
}) {
  const chosen = Object.keys(groups).find((name) => groups[name] === value) ?? "All jobs";
  const change = (event: Event) => onChange(groups[(event.currentTarget as HTMLSelectElement).value] ?? []);
  return (
    <select class="select" aria-label="Show" value={chosen} onChange={change}>
      {Object.keys(groups).map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Empty({ isAll }: { isAll: boolean }) {
  return <p class="empty">{isAll ? "No jobs yet. Drop a log file above to start one." : "No such job."}</p>;
}
