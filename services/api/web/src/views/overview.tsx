/** All jobs of the user together. */

import type { Stats } from "../api.ts";
import { useCell } from "../cell.ts";
import { activeJobs, type JobList } from "../jobs.ts";
import { plural } from "../number.ts";
import { usePage } from "../page.ts";
import { useReport, useTick } from "../report.ts";
import { uploadCommand } from "../text.ts";
import { Breakdowns } from "./breakdowns.tsx";
import { CopyButton } from "./copy-button.tsx";
import { chartText, LevelChart } from "./level-chart.tsx";
import { TallyStrip } from "./tally-strip.tsx";

const nothing = { lines_read: 0, lines_stored: 0, lines_rejected: 0, lines_dead_lettered: 0 };

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
  const { report, problem, current } = useReport(api, null, useTick([...list.jobs.values()]));
  return (
    <>
      <header class="job-head">
        <h1>All jobs</h1>
        <p class="job-meta">{running.length > 0 ? `${plural(running.length, "job")} running` : "Nothing is running"}</p>
      </header>
      {problem && <p class="form-error">{problem}</p>}
      <TallyStrip tally={report?.stats ?? nothing} ended={running.length === 0} />
      <LevelChart chart={report?.chart ?? null} empty={chartText(report, running.length > 0)} />
      {report && (
        <Breakdowns {...told(report.stats)} stats={report.stats} ended={running.length === 0} busy={!current} />
      )}
    </>
  );
}

function told(stats: Stats) {
  return { levelCounts: stats.level_distribution, keywordCounts: stats.keyword_frequency, uniqueIps: stats.unique_ips };
}
