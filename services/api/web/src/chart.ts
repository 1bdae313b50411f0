/** Levels over time as the chart draws them: equal bins, nothing left out. Everything here is pure. */

import type { RollupRow } from "./api.ts";
import { asLevel, levels, type Level } from "./text.ts";

const mostBins = 120;
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;
const binSizes = [
  ...[1, 2, 5, 10, 15, 30].map((size) => size * minute),
  ...[1, 2, 3, 6, 12].map((size) => size * hour),
  ...[1, 2, 7, 14, 30, 90].map((size) => size * day),
  ...[1, 5, 10, 20, 50].map((size) => size * year),
];
const yearSteps = [10, 20, 50, 100, 200, 500, 1000, 2000];
const longestBin = 100 * year;
/** What RFC 3339 can say: years 1 to 9999. */
const firstMoment = Date.parse("0001-01-01T00:00:00.000Z") / 1000;
const lastMoment = Date.parse("9999-12-31T23:59:59.999Z") / 1000;

export type Step = "1m" | "1h" | "1d";

/** Whole bars, and the step to ask the API for. Times are epoch seconds, maybe beyond `rfc3339`; `to` is exclusive. */
export interface ChartPlan {
  readonly from: number;
  readonly to: number;
  readonly step: Step;
  readonly binSeconds: number;
}

/** Bins between the first and the last timestamp of a job; null when it has none. */
export function planChart(first: string | null, last: string | null): ChartPlan | null {
  const [start, end] = [Date.parse(first ?? "") / 1000, Date.parse(last ?? "") / 1000];
  if (Number.isNaN(start) || Number.isNaN(end)) return null;
  const binSeconds = binSizes.find((size) => (end - start) / size < mostBins) ?? longestBin;
  const from = Math.floor(start / binSeconds) * binSeconds;
  const to = (Math.floor(end / binSeconds) + 1) * binSeconds;
  return { from, to, step: stepFor(binSeconds), binSeconds };
}

/** Epoch seconds as a timestamp, or the nearest one there is: bars may begin before year 1 and end after 9999. */
export function rfc3339(seconds: number): string {
  return new Date(Math.min(lastMoment, Math.max(firstMoment, seconds)) * 1000).toISOString();
}

/** Width of a bar in words: `5-minute`, `10-year`. */
export function binName({ binSeconds }: ChartPlan): string {
  if (binSeconds < hour) return `${binSeconds / minute}-minute`;
  if (binSeconds < day) return `${binSeconds / hour}-hour`;
  return binSeconds < year ? `${binSeconds / day}-day` : `${binSeconds / year}-year`;
}

/** First moments of years that are multiples of a step, for an axis of at most `most` marks over centuries. */
export function yearMarks(plan: ChartPlan, most: number): number[] {
  const [first, last] = [plan.from, plan.to].map((seconds) => new Date(rfc3339(seconds)).getUTCFullYear());
  if (first === undefined || last === undefined) return [];
  const step = yearSteps.find((size) => (last - first) / size < most) ?? 5000;
  const marks: number[] = [];
  for (let mark = Math.max(step, Math.ceil(first / step) * step); mark <= last; mark += step) marks.push(mark);
  return marks.map((mark) => Date.parse(`${String(mark).padStart(4, "0")}-01-01T00:00:00Z`) / 1000);
}

/** Whether the plan is too long for the steps that calendars' axes have. */
export function spansCenturies(plan: ChartPlan): boolean {
  return plan.to - plan.from > 100 * year;
}

export interface LevelBins {
  /** Start of each bin, epoch seconds. */
  readonly times: readonly number[];
  /** Lines of each bin by level. */
  readonly lines: Readonly<Record<Level, readonly number[]>>;
}

/** Sums the API's buckets into the plan's bins; bins without a bucket are 0. */
export function binLevels(plan: ChartPlan, rows: readonly RollupRow[]): LevelBins {
  const bins = Math.round((plan.to - plan.from) / plan.binSeconds);
  const times = Array.from({ length: bins }, (_, bin) => plan.from + bin * plan.binSeconds);
  const lines = Object.fromEntries(levels.map((level) => [level, new Array<number>(bins).fill(0)]));
  for (const row of rows) {
    const series = lines[asLevel(row.group)];
    const bin = Math.floor((Date.parse(row.bucket) / 1000 - plan.from) / plan.binSeconds);
    if (series && bin >= 0 && bin < bins) series[bin] = (series[bin] ?? 0) + row.lines;
  }
  return { times, lines: lines as Record<Level, number[]> };
}

/** Each level on top of those before it, in the order given. */
export function stack(bins: LevelBins, order: readonly Level[]): number[][] {
  const below = new Array<number>(bins.times.length).fill(0);
  return order.map((level) => bins.lines[level].map((value, bin) => (below[bin] = (below[bin] ?? 0) + value)));
}

/** Levels that occur at all, the most severe first. */
export function presentLevels(bins: LevelBins): Level[] {
  return levels.filter((level) => bins.lines[level].some((value) => value > 0));
}

function stepFor(binSeconds: number): Step {
  if (binSeconds < hour) return "1m";
  return binSeconds < day ? "1h" : "1d";
}
