/** What became of a file that did not simply become a job: why not, which job has it, what was in the archive. */

import { useEffect, useState } from "preact/hooks";

import { useCell } from "../cell.ts";
import { plural } from "../number.ts";
import { usePage } from "../page.ts";
import type { SentJob } from "../problem.ts";
import { formatRoute, noFilter } from "../route.ts";
import { isNotable, type Upload } from "../upload.ts";

const mostNotes = 20;

export function UploadNotes({ upload }: { upload: Upload }) {
  const notable = upload.jobs.filter(isNotable);
  if (upload.state === "held") return <Held upload={upload} />;
  return (
    <div class="row-detail notes" role="status">
      <Outcome upload={upload} />
      {upload.jobs.length > 1 && notable.length > 0 && (
        <ul class="notes-list">
          {notable.slice(0, mostNotes).map((job) => (
            <MemberNote key={`${job.job_id}-${job.file_name}`} job={job} />
          ))}
          {notable.length > mostNotes && <li>and {plural(notable.length - mostNotes, "more file")}</li>}
        </ul>
      )}
    </div>
  );
}

/** The countdown stays out of what is announced. */
function Held({ upload: { problem, retryAt } }: { upload: Upload }) {
  const left = useSecondsUntil(retryAt);
  return (
    <div class="row-detail notes" data-field="held">
      <p class="tone-warn" role="status">
        {problem?.detail} Keep this page open: the file is sent again by itself.
      </p>
      <p>{left > 0 ? `Next try in ${left} s` : "Trying again…"}</p>
    </div>
  );
}

function useSecondsUntil(moment: number | null): number {
  const left = () => Math.max(0, Math.ceil(((moment ?? 0) - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => setSeconds(left()), 500);
    return () => clearInterval(timer);
  }, [moment]);
  return seconds;
}

function Outcome({ upload }: { upload: Upload }) {
  if (upload.state === "duplicate") return <Duplicate upload={upload} />;
  if (upload.state === "failed") return <Failure upload={upload} />;
  const fresh = upload.jobs.filter((job) => !isNotable(job)).length;
  return (
    <p>
      {plural(upload.jobs.length, "file")}: {fresh} taken in
    </p>
  );
}

function Duplicate({ upload }: { upload: Upload }) {
  const { uploads } = usePage();
  const first = upload.problem?.jobId ?? null;
  return (
    <>
      <p>Already uploaded as {first && <JobLink jobId={first} />}.</p>
      <button class="button small" type="button" onClick={() => uploads.sendAgain(upload.key)}>
        Upload again
      </button>
    </>
  );
}

function Failure({ upload: { problem, jobId, jobs } }: { upload: Upload }) {
  const request = problem?.requestId ? ` (request ${problem.requestId})` : "";
  return (
    <>
      <p class="form-error">
        {problem?.message}
        {request}
      </p>
      {jobId && jobs.length < 2 && (
        <p>
          What was received is in <JobLink jobId={jobId} />.
        </p>
      )}
    </>
  );
}

function MemberNote({ job }: { job: SentJob }) {
  if (job.duplicate)
    return (
      <li>
        Already uploaded: <JobLink jobId={job.job_id} name={job.file_name} />
      </li>
    );
  return (
    <li>
      <JobLink jobId={job.job_id} name={job.file_name} />: <span class="form-error">{job.error_message}</span>
    </li>
  );
}

/** By its file's name, as soon as that is known. */
function JobLink({ jobId, name }: { jobId: string; name?: string }) {
  const known = useCell(usePage().jobs.list).jobs.get(jobId)?.file_name;
  return (
    <a href={formatRoute({ jobId, filter: noFilter })} title={`Job ${jobId}`} dir="auto">
      {name ?? known ?? jobId}
    </a>
  );
}
