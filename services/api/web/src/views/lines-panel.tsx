/** The lines of a job, narrowed by level, text, outcome and time. */

import { useEffect, useMemo, useRef } from "preact/hooks";

import type { Stats } from "../api.ts";
import { useCell } from "../cell.ts";
import { isActive, type Job } from "../job.ts";
import { Lines, noLines, type LineList } from "../lines.ts";
import { plural } from "../number.ts";
import { usePage } from "../page.ts";
import { formatRoute, isFiltered, noFilter, type LineFilter } from "../route.ts";
import { LineFilters } from "./line-filters.tsx";
import { LineRow } from "./line-row.tsx";

interface Props {
  readonly job: Job;
  readonly stats: Stats | null;
  readonly filter: LineFilter;
  readonly onFilter: (change: Partial<LineFilter>) => void;
  /** Changes when more lines may be there. */
  readonly tick: string;
}

export function LinesPanel({ job, stats, filter, onFilter, tick }: Props) {
  const lines = useLines(job.job_id, filter, tick);
  const list = useCell(lines.list);
  return (
    <section class="card lines" aria-label="Lines">
      <header class="lines-head">
        <h2>Lines</h2>
        <LineFilters job={job} stats={stats} filter={filter} onFilter={onFilter} />
      </header>
      {list.problem && (
        <p class="form-error" role="alert">
          {list.problem}
        </p>
      )}
      <LineTable list={list} needle={filter.q} />
      <Foot
        list={list}
        empty={emptyText(job, filter)}
        onMore={() => void lines.more()}
        onClear={isFiltered(filter) ? () => onFilter(noFilter) : null}
      />
    </section>
  );
}

function useLines(jobId: string, filter: LineFilter, tick: string): Lines {
  const { api } = usePage();
  const key = formatRoute({ jobId, filter });
  const shown = useRef(noLines);
  const lines = useMemo(() => new Lines(api, jobId, filter, shown.current), [key]);
  shown.current = lines.list.get();
  useEffect(() => () => lines.close(), [lines]);
  useEffect(() => void lines.refresh(), [lines, tick]);
  return lines;
}

function LineTable({ list, needle }: { list: LineList; needle: string }) {
  return (
    <div class="line-table" role="table" aria-label="Lines" aria-busy={list.state === "loading"}>
      <div class="line line-titles" role="row">
        <span role="columnheader">Line</span>
        <span role="columnheader">Time (UTC)</span>
        <span role="columnheader">Level</span>
        <span role="columnheader">Message</span>
      </div>
      {list.items.map((line) => (
        <LineRow key={`${line.line_no}-${line.reason ?? ""}`} line={line} needle={needle} />
      ))}
    </div>
  );
}

interface FootProps {
  readonly list: LineList;
  readonly empty: string;
  readonly onMore: () => void;
  readonly onClear: (() => void) | null;
}

function Foot({ list, empty, onMore, onClear }: FootProps) {
  if (list.items.length === 0) {
    return (
      <p class="empty">
        {list.state === "loading" ? "Searching…" : empty}{" "}
        {onClear && list.state !== "loading" && (
          <button class="link" type="button" onClick={onClear}>
            Show all lines
          </button>
        )}
      </p>
    );
  }
  return (
    <footer class="lines-foot">
      <span class="quiet">{plural(list.items.length, "record")} shown</span>
      {list.nextCursor && (
        <button class="button" type="button" disabled={list.state === "loading"} onClick={onMore}>
          {list.state === "loading" ? "Loading…" : "Load more"}
        </button>
      )}
    </footer>
  );
}

function emptyText(job: Job, filter: LineFilter): string {
  if (isFiltered(filter)) return "No line passes the filter.";
  return isActive(job.status) ? "Lines appear here as they are stored." : "This job has no lines.";
}
