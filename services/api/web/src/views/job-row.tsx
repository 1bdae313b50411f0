import { useCell } from "../cell.ts";
import { heldUp, isActive, isRolling, percentDone, settled, type Job } from "../job.ts";
import { bytes, count, percent, plural } from "../number.ts";
import { usePage } from "../page.ts";
import { formatRoute, noFilter } from "../route.ts";
import { duration } from "../time.ts";
import type { Upload } from "../upload.ts";
import { Moment } from "./moment.tsx";
import { ProgressBar } from "./progress-bar.tsx";
import { StatusIcon } from "./status.tsx";
import { sendingDetail, UploadActions } from "./upload-row.tsx";

/** One job of the list; `upload` is the file this page is sending for it, if it is. */
export function JobRow({ job, upload }: { job: Job; upload: Upload | null }) {
  const isShown = useCell(usePage().route).jobId === job.job_id;
  const sending = upload?.state === "sending" ? upload : null;
  const done = percentDone(job);
  const active = sending !== null || isActive(job.status);
  const notice = heldUp(job);
  return (
    <li class="row" data-job={job.job_id}>
      <a
        class="row-link"
        href={formatRoute({ jobId: job.job_id, filter: noFilter })}
        aria-current={isShown ? "page" : undefined}
      >
        <StatusIcon status={job.status} />
        <span class="row-name" title={job.file_name} dir="auto">
          {job.file_name}
        </span>
        {!isRolling(job) && <span class="row-percent">{active ? percent(done) : null}</span>}
        <span class="row-detail">{sending ? sendingDetail(sending, job.bytes_received) : <JobDetail job={job} />}</span>
        {notice && (
          <span class="row-detail tone-warn" data-field="row_notice">
            {notice}
          </span>
        )}
      </a>
      {upload && upload.state !== "accepted" && <UploadActions upload={upload} />}
      {active && !isRolling(job) && <ProgressBar label={`Progress of ${job.file_name}`} percent={done} tone="busy" />}
    </li>
  );
}

function JobDetail({ job }: { job: Job }) {
  const source = job.source === "github" ? ["GitHub"] : [];
  if (isActive(job.status)) return <>{[...source, ...movement(job)].join(" · ")}</>;
  const lost = [
    job.lines_rejected > 0 ? `${count(job.lines_rejected)} rejected` : "",
    job.lines_dead_lettered > 0 ? `${count(job.lines_dead_lettered)} dead-lettered` : "",
  ].filter(Boolean);
  return (
    <>
      {[...source, plural(job.lines_read, "line"), ...lost].join(" · ")} · <Moment at={job.created_at} />
    </>
  );
}

/** What moves: bytes while they arrive, lines, speed, time left. */
export function movement(job: Job): string[] {
  if (isRolling(job)) return [plural(job.lines_read, "line"), bytes(job.bytes_received)];
  const { progress } = job;
  const total = job.bytes_total ? ` of ${bytes(job.bytes_total)}` : "";
  return [
    job.status === "receiving" ? `${bytes(job.bytes_received)}${total}` : "",
    job.status === "receiving"
      ? `${plural(job.lines_read, "line")} read`
      : `${count(settled(job))} of ${plural(job.lines_read, "line")}`,
    progress?.lines_per_second ? `${count(progress.lines_per_second)} lines/s` : "",
    progress?.eta_seconds ? `${duration(progress.eta_seconds)} left` : "",
  ].filter(Boolean);
}
