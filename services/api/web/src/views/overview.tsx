/** All jobs of the user together. */

import type { Stats } from "../api.ts";
import { useCell } from "../cell.ts";
import { isRolling, type Job } from "../job.ts";
import { activeJobs, type JobList } from "../jobs.ts";
import { plural } from "../number.ts";
import { usePage } from "../page.ts";
import { useReport, useTick } from "../report.ts";
import { lettersRoute } from "../route.ts";
import { uploadCommand } from "../text.ts";
import { Breakdowns } from "./breakdowns.tsx";
import { CopyButton } from "./copy-button.tsx";
import { LevelChart } from "./level-chart.tsx";
import { TallyStrip } from "./tally-strip.tsx";

export function Overview() {
  const list = useCell(usePage().jobs.list);
  const isNew = list.loaded && list.problem === null && list.jobs.size === 0 && list.statuses.length === 0;
  return isNew ? <Welcome /> : <Totals list={list} />;
}

function Welcome() {
  const command = uploadCommand(location.origin);
  return (
    <section class="card welcome">
      <h1>Nothing here yet</h1>
      <p>Drop log files anywhere on this page, or send them from a terminal:</p>
      <pre>{command}</pre>
      <CopyButton label="Copy" text={command} hint="A command that uploads a file" />
    </section>
  );
}

function Totals({ list }: { list: JobList }) {
  const { api } = usePage();
  const running = activeJobs(list);
  const report = useReport(api, null, useTick([...list.jobs.values()]));
  const { stats, current } = report;
  return (
    <>
      <header class="job-head">
        <h1>All jobs</h1>
        <p class="job-meta">
          {whatRuns(running).map((text) => (
            <span key={text}>{text}</span>
          ))}
        </p>
      </header>
      {stats.problem && <p class="form-error">{stats.problem}</p>}
      <TallyStrip tally={stats.value} ended={running.length === 0} letters={lettersRoute()} />
      <LevelChart report={report} running={running.length > 0} />
      {stats.value && (
        <Breakdowns {...told(stats.value)} stats={stats.value} ended={running.every(isRolling)} busy={!current} />
      )}
    </>
  );
}

function whatRuns(running: readonly Job[]): string[] {
  const rolling = running.filter(isRolling).length;
  const finite = running.length - rolling;
  return [
    finite > 0 ? `${plural(finite, "job")} running` : "Nothing is running",
    rolling > 0 ? `${plural(rolling, "job")} open for webhooks` : "",
  ].filter(Boolean);
}

function told(stats: Stats) {
  return { levelCounts: stats.level_distribution, keywordCounts: stats.keyword_frequency, uniqueIps: stats.unique_ips };
}
