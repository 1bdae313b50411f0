/** A job's sums and its levels over time, read again while it moves. */

import { useEffect, useRef, useState } from "preact/hooks";

import type { Api, RollupRow, Stats } from "./api.ts";
import { binLevels, planChart, type ChartPlan, type LevelBins } from "./chart.ts";
import { isActive, settled, type Job } from "./job.ts";
import { asProblem, isAbort } from "./problem.ts";

const refreshMs = 2_000;
const rollupPage = 10_000;
const mostRollupPages = 10;

export interface Report {
  readonly stats: Stats;
  /** null while no line has a timestamp. */
  readonly chart: { readonly plan: ChartPlan; readonly bins: LevelBins } | null;
}

export interface ReportState {
  readonly report: Report | null;
  readonly problem: string | null;
  /** False while a newer report is on its way. */
  readonly current: boolean;
}

/** The report of one job, or with null of all jobs, read again each time `tick` changes. */
export function useReport(api: Api, jobId: string | null, tick: string): ReportState {
  const [state, setState] = useState<Omit<ReportState, "current"> & { of: string }>({
    report: null,
    problem: null,
    of: "",
  });
  useEffect(() => {
    const request = new AbortController();
    readReport(api, jobId, request.signal).then(
      (report) => setState({ report, problem: null, of: tick }),
      (error: unknown) => {
        if (!isAbort(error)) setState((before) => ({ ...before, problem: asProblem(error).message, of: tick }));
      },
    );
    return () => request.abort();
  }, [api, jobId, tick]);
  return { ...state, current: state.of === tick };
}

/** Changes when the numbers have: at most every other second while jobs run, at once when one ends. */
export function useTick(jobs: readonly Job[]): string {
  const running = jobs.filter((job) => isActive(job.status));
  const ended = `${jobs.length}/${running.length}`;
  const moved = running.reduce((sum, job) => sum + settled(job), 0);
  const [shown, setShown] = useState(0);
  const latest = useRef(moved);
  latest.current = moved;
  useEffect(() => {
    if (running.length === 0) return undefined;
    const timer = setInterval(() => setShown(latest.current), refreshMs);
    return () => clearInterval(timer);
  }, [running.length === 0]);
  return `${ended}/${shown}`;
}

async function readReport(api: Api, jobId: string | null, signal: AbortSignal): Promise<Report> {
  const stats = await api.stats(jobId, signal);
  const plan = planChart(stats.first_timestamp, stats.last_timestamp);
  if (!plan) return { stats, chart: null };
  const rows = await readRollups(api, jobId, plan, signal);
  return { stats, chart: { plan, bins: binLevels(plan, rows) } };
}

async function readRollups(api: Api, jobId: string | null, plan: ChartPlan, signal: AbortSignal): Promise<RollupRow[]> {
  const [from, to] = [plan.from, plan.to].map((time) => new Date(time * 1000).toISOString());
  const query = { from, to, step: plan.step, group_by: "level", job_id: jobId, limit: rollupPage };
  const rows: RollupRow[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < mostRollupPages; page += 1) {
    const answer = await api.rollups({ ...query, cursor }, signal);
    rows.push(...answer.items);
    cursor = answer.next_cursor;
    if (cursor === null) break;
  }
  return rows;
}
