/** All jobs of the user together. */

import type { Stats } from "../api.ts";
import { useCell } from "../cell.ts";
import { activeJobs } from "../jobs.ts";
import { plural } from "../number.ts";
import { usePage } from "../page.ts";
import { useReport, useTick } from "../report.ts";
import { Breakdowns } from "./breakdowns.tsx";
import { chartText, LevelChart } from "./level-chart.tsx";
import { TallyStrip } from "./tally-strip.tsx";

const nothing = { lines_read: 0, lines_stored: 0, lines_rejected: 0, lines_dead_lettered: 0 };

export function Overview() {
  const { api, jobs } = usePage();
  const list = useCell(jobs.list);
  const running = activeJobs(list);
  const { report, problem } = useReport(api, null, useTick([...list.jobs.values()]));
  return (
    <>
      <header class="job-head">
        <h1>All jobs</h1>
        <p class="job-meta">{running.length > 0 ? `${plural(running.length, "job")} running` : "Nothing is running"}</p>
      </header>
      {problem && <p class="form-error">{problem}</p>}
      <TallyStrip tally={report?.stats ?? nothing} ended={running.length === 0} />
      <LevelChart chart={report?.chart ?? null} empty={chartText(report, running.length > 0)} />
      {report && <Breakdowns {...told(report.stats)} stats={report.stats} ended={running.length === 0} />}
    </>
  );
}

function told(stats: Stats) {
  return { levelCounts: stats.level_distribution, keywordCounts: stats.keyword_frequency, uniqueIps: stats.unique_ips };
}
