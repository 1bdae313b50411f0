/** One job: how far it is, what became of its lines, what is in them, and the lines themselves. */

import { useEffect, useState } from "preact/hooks";

import type { Stats } from "../api.ts";
import { useCell } from "../cell.ts";
import {
  brokeOff,
  heldUp,
  isActive,
  isRolling,
  percentArrived,
  percentDone,
  type Counts,
  type Job,
  type Status,
} from "../job.ts";
import { bytes, count, percent, plural } from "../number.ts";
import { goTo, usePage } from "../page.ts";
import { asProblem } from "../problem.ts";
import { isOfJob } from "../replay.ts";
import { useReport, useTick } from "../report.ts";
import { lettersRoute, noFilter } from "../route.ts";
import { duration, secondsBetween } from "../time.ts";
import { Announcer } from "./announcer.tsx";
import { Breakdowns } from "./breakdowns.tsx";
import { Icon } from "./icons.tsx";
import { JobActions } from "./job-actions.tsx";
import { movement } from "./job-row.tsx";
import { LevelChart } from "./level-chart.tsx";
import { LinesPanel } from "./lines-panel.tsx";
import { Moment } from "./moment.tsx";
import { ProgressBar } from "./progress-bar.tsx";
import { ReplayCards } from "./replay-cards.tsx";
import { StatusBadge } from "./status.tsx";
import { TallyStrip } from "./tally-strip.tsx";
import { useVerification, VerificationPanel } from "./verification-panel.tsx";

export function JobView({ jobId }: { jobId: string }) {
  const { jobs } = usePage();
  const job = useCell(jobs.list).jobs.get(jobId);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    jobs.read(jobId).catch((error: unknown) => setProblem(asProblem(error).message));
    // Once more when it has gone: another tab may have deleted it.
  }, [jobId, job === undefined]);
  if (job) return <Shown job={job} />;
  return <Missing problem={problem} />;
}

function Missing({ problem }: { problem: string | null }) {
  return (
    <>
      <BackLink />
      <p class="empty" role={problem ? "alert" : undefined}>
        {problem ?? "Loading…"}
      </p>
    </>
  );
}

function Shown({ job }: { job: Job }) {
  const page = usePage();
  const { filter } = useCell(page.route);
  const tick = useTick([job]);
  const report = useReport(page.api, job.job_id, tick);
  const { stats, current } = report;
  const verification = useVerification(job.job_id);
  const filterBy = (change: Partial<typeof filter>) =>
    goTo(page, { jobId: job.job_id, filter: { ...filter, ...change } });
  useTitle(job);
  return (
    <>
      <BackLink />
      <Head job={job} onVerify={() => void verification.run()} />
      {isRolling(job) ? <Rolling job={job} /> : <Movement job={job} />}
      <ReplayCards isWanted={(replay) => isOfJob(replay, job.job_id)} />
      <VerificationPanel {...verification} />
      <TallyStrip
        tally={job}
        ended={!isActive(job.status)}
        onRejected={() => filterBy({ ...noFilter, reason: "any" })}
        letters={lettersRoute({ job_id: job.job_id })}
      />
      {stats.problem && <p class="form-error">{stats.problem}</p>}
      <LevelChart
        report={report}
        running={isActive(job.status)}
        onRange={(since, until) => filterBy({ since, until, reason: "" })}
      />
      {stats.value && (
        <Breakdowns
          stats={stats.value}
          {...live(job, stats.value)}
          ended={!isActive(job.status) || isRolling(job)}
          busy={!current}
        />
      )}
      <LinesPanel job={job} stats={stats.value} filter={filter} onFilter={filterBy} tick={tick} />
      <Announcer job={job} />
    </>
  );
}

/** While the job runs its events are ahead of its sums. */
function live({ progress }: Job, stats: Stats) {
  return {
    levelCounts: progress && isActive(progress.status) ? progress.level_counts : stats.level_distribution,
    keywordCounts: progress && isActive(progress.status) ? progress.keyword_counts : {},
    uniqueIps: stats.unique_ips,
  };
}

function useTitle(job: Job): void {
  const done = percentDone(job);
  const lead = isActive(job.status) && done !== null ? `${percent(done)} ` : "";
  useEffect(() => {
    document.title = `${lead}${job.file_name} – logmill`;
  }, [lead, job.file_name]);
}

function BackLink() {
  return (
    <a class="back" href="#/">
      <Icon name="back" />
      All jobs
    </a>
  );
}

function Head({ job, onVerify }: { job: Job; onVerify: () => void }) {
  const took = tookSeconds(job);
  const sent = useCell(usePage().uploads.list).find((upload) => upload.jobId === job.job_id);
  return (
    <header class="job-head">
      <div class="job-title">
        <h1 data-field="file_name" dir="auto">
          {job.file_name}
        </h1>
        <StatusBadge status={job.status} />
      </div>
      <p class="job-meta">
        <span>{bytes(job.bytes_received)}</span>
        <span>
          <Moment at={job.created_at} />
        </span>
        {took !== null && <span>took {duration(took)}</span>}
        {job.source && <span>{job.source === "github" ? "from GitHub" : job.source}</span>}
        <FormatCounts counts={job.format_counts ?? {}} />
      </p>
      <JobActions job={job} onVerify={onVerify} />
      {job.error_message && job.status !== "cancelled" && (
        <p class="form-error" role="alert">
          {job.error_message}
        </p>
      )}
      {sent?.problem && sent.problem.message !== job.error_message && <p class="form-error">{sent.problem.message}</p>}
      {hintFor(job) && <p class="hint">{hintFor(job)}</p>}
    </header>
  );
}

/** What an ending means that is not a usual one. */
const hints: Partial<Record<Status, string>> = {
  interrupted:
    "The upload broke off. The lines received before that are kept here; " +
    "sending the file again makes a new job with the whole file.",
  cancelled:
    "It was cancelled by its owner. The lines stored before that are kept here; what was on the way is dropped and " +
    "not counted. Sending the file again makes a new job with the whole file.",
};

function hintFor({ source, status }: Job): string | undefined {
  return source === "github" && status === "cancelled" ? cancelledDeliveries : hints[status];
}

const cancelledDeliveries =
  "It was cancelled by its owner. The lines stored before that are kept here; what was on the way is dropped and " +
  "not counted. What is delivered after that on the same day is in another job.";

/** The most frequent first. */
function FormatCounts({ counts }: { counts: Counts }) {
  const names = Object.keys(counts).sort((first, second) => (counts[second] ?? 0) - (counts[first] ?? 0));
  if (names.length === 0) return null;
  return (
    <ul class="format-counts" aria-label="Lines by format" data-field="format_counts">
      {names.map((name) => (
        <li key={name}>
          {name} <b>{count(counts[name])}</b>
        </li>
      ))}
    </ul>
  );
}

/** Keeps its place after the job has ended, so that nothing below moves. */
function Movement({ job }: { job: Job }) {
  const active = isActive(job.status);
  const done = percentDone(job);
  const broken = brokeOff(job.status);
  return (
    <section class="movement" aria-label="Progress" data-active={active}>
      <p>
        {!broken && <b data-field="percent">{percent(done)}</b>}
        <span data-field="movement">{active ? movement(job).join(" · ") : ended(job)}</span>
      </p>
      <ProgressBar
        label={`Progress of ${job.file_name}`}
        percent={broken ? percentArrived(job) : done}
        tone={tone(job)}
      />
      {heldUp(job) && (
        <p class="tone-warn" role="status" data-field="notice">
          {heldUp(job)}
        </p>
      )}
    </section>
  );
}

/** There is no end to be told the way to: it comes with that of the day. */
function Rolling({ job }: { job: Job }) {
  return (
    <section class="movement" aria-label="Progress" data-active="true">
      <p>
        <span data-field="movement">Takes in what is delivered until its day (UTC) is over.</span>
      </p>
      {heldUp(job) && (
        <p class="tone-warn" role="status" data-field="notice">
          {heldUp(job)}
        </p>
      )}
    </section>
  );
}

function ended(job: Job): string {
  if (brokeOff(job.status)) return `Ended early · ${arrived(job)} · ${plural(job.lines_read, "line")} read`;
  const took = tookSeconds(job);
  if (took === null || took < 0.001) return "";
  return `${Math.round(job.lines_read / took).toLocaleString("en-US")} lines/s on average`;
}

function arrived(job: Job): string {
  const isPart = job.bytes_total !== null && job.bytes_received < job.bytes_total;
  return `${bytes(job.bytes_received)}${isPart ? ` of ${bytes(job.bytes_total)}` : ""} received`;
}

/** null while it runs, and when it broke off: the time until then says nothing about the work. */
function tookSeconds(job: Job): number | null {
  return brokeOff(job.status) ? null : secondsBetween(job.started_at ?? job.created_at, job.completed_at);
}

function tone({ status }: Job): "busy" | "good" | "warn" | "bad" | "quiet" {
  if (isActive(status)) return "busy";
  if (status === "completed") return "good";
  if (status === "failed") return "bad";
  return status === "cancelled" ? "quiet" : "warn";
}
