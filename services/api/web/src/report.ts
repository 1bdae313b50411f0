/** A job's sums and its levels over time, read again while it moves. */

import { useEffect, useRef, useState } from "preact/hooks";

import type { Api, RollupRow, Stats } from "./api.ts";
import { binLevels, planChart, rfc3339, type ChartPlan, type LevelBins } from "./chart.ts";
import { isActive, settled, type Job } from "./job.ts";
import { asProblem } from "./problem.ts";

const refreshMs = 2_000;
const rollupPage = 10_000;
const mostRollupPages = 10;

/** A part of the report; each succeeds or fails by itself. */
export interface Part<T> {
  /** The latest that was read; null until then. */
  readonly value: T | null;
  /** Why the latest attempt failed; null when it did not. */
  readonly problem: string | null;
}

export interface Chart {
  readonly plan: ChartPlan;
  readonly bins: LevelBins;
}

export interface Report {
  readonly stats: Part<Stats>;
  /** `drawing` is null while no line has a timestamp. */
  readonly chart: Part<{ readonly drawing: Chart | null }>;
  /** False while newer sums are on their way. */
  readonly current: boolean;
}

type Parts = Omit<Report, "current"> & { readonly of: string };
type Show = (change: (before: Parts) => Partial<Parts>) => void;

const unread = { value: null, problem: null };

/** The report of one job, or with null of all jobs, read again each time `tick` changes. */
export function useReport(api: Api, jobId: string | null, tick: string): Report {
  const [parts, setParts] = useState<Parts>({ stats: unread, chart: unread, of: "" });
  useEffect(() => {
    const request = new AbortController();
    const show: Show = (change) => setParts((before) => ({ ...before, ...change(before), of: tick }));
    void readReport(api, jobId, request.signal, show);
    return () => request.abort();
  }, [api, jobId, tick]);
  return { ...parts, current: parts.of === tick };
}

/** Changes when the numbers have: at most every other second while jobs run, at once when one ends. */
export function useTick(jobs: readonly Job[]): string {
  const running = jobs.filter((job) => isActive(job.status));
  // A replay stores lines of jobs that ended before.
  const stored = jobs.reduce((sum, job) => sum + (isActive(job.status) ? 0 : job.lines_stored), 0);
  const ended = `${jobs.length}/${running.length}/${stored}`;
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

/** Shows the sums as soon as they are there, and then the chart. */
async function readReport(api: Api, jobId: string | null, signal: AbortSignal, show: Show): Promise<void> {
  const stats = await attempt(api.stats(jobId, signal));
  if (signal.aborted) return;
  show((before) => ({ stats: joined(before.stats, stats) }));
  if (!stats.value) return;
  const chart = await attempt(readChart(api, jobId, stats.value, signal));
  if (!signal.aborted) show((before) => ({ chart: joined(before.chart, chart) }));
}

async function attempt<T>(answer: Promise<T>): Promise<Part<T>> {
  return answer.then(
    (value) => ({ value, problem: null }),
    (error: unknown) => ({ value: null, problem: asProblem(error).message }),
  );
}

/** What was read before stays in sight when reading it again fails. */
function joined<T>(before: Part<T>, after: Part<T>): Part<T> {
  return { value: after.value ?? before.value, problem: after.problem };
}

async function readChart(api: Api, jobId: string | null, stats: Stats, signal: AbortSignal) {
  const plan = planChart(stats.first_timestamp, stats.last_timestamp);
  if (!plan) return { drawing: null };
  return { drawing: { plan, bins: binLevels(plan, await readRollups(api, jobId, plan, signal)) } };
}

async function readRollups(api: Api, jobId: string | null, plan: ChartPlan, signal: AbortSignal): Promise<RollupRow[]> {
  const [from, to] = [rfc3339(plan.from), rfc3339(plan.to)];
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
