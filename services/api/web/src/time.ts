/** Times and durations as people read them; always UTC. Everything here is pure. */

import { unknown } from "./number.ts";

const steps: ReadonlyArray<readonly [seconds: number, unit: string]> = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

/** `2024-05-01T12:34:56.1Z` → `2024-05-01 12:34:56 UTC`; null → `–`. */
export function absolute(timestamp: string | null | undefined): string {
  const moment = parse(timestamp);
  return moment ? `${seconds(moment)} UTC` : unknown;
}

/** As the lines table shows it, with milliseconds when there are any. */
export function precise(timestamp: string | null | undefined): string {
  const moment = parse(timestamp);
  if (!moment) return unknown;
  const millis = moment.getUTCMilliseconds();
  return millis === 0 ? seconds(moment) : `${seconds(moment)}.${String(millis).padStart(3, "0")}`;
}

/** `4 min ago`, `just now`; `now` in epoch milliseconds. */
export function relative(timestamp: string | null | undefined, now: number): string {
  const moment = parse(timestamp);
  if (!moment) return unknown;
  const elapsed = Math.floor((now - moment.getTime()) / 1000);
  if (elapsed < 5) return "just now";
  const [size, unit] = largestStep(elapsed);
  return `${Math.floor(elapsed / size)} ${unit} ago`;
}

/** A duration in seconds, two units at most: `3725` → `1 h 2 min`, `0.42` → `420 ms`. */
export function duration(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value) || value < 0) return unknown;
  if (value < 0.9995) return `${Math.round(value * 1000)} ms`;
  if (value < 9.95) return `${value.toFixed(1)} s`;
  const total = Math.round(value);
  const [size, unit] = largestStep(total);
  const smaller = steps[steps.findIndex(([step]) => step === size) + 1];
  const rest = smaller ? Math.floor((total % size) / smaller[0]) : 0;
  const head = `${Math.floor(total / size)} ${unit}`;
  return smaller && rest > 0 ? `${head} ${rest} ${smaller[1]}` : head;
}

/** Milliseconds of latency: `0.42 ms`, `87 ms`, `1.25 s`. */
export function latency(milliseconds: number | null | undefined): string {
  if (milliseconds == null || !Number.isFinite(milliseconds)) return unknown;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toPrecision(3)} s`;
  return `${Number(milliseconds.toPrecision(3))} ms`;
}

/** Seconds between two timestamps, or null when one is missing. */
export function secondsBetween(from: string | null, to: string | null): number | null {
  const [first, last] = [parse(from), parse(to)];
  return first && last ? Math.max(0, (last.getTime() - first.getTime()) / 1000) : null;
}

function parse(timestamp: string | null | undefined): Date | null {
  if (!timestamp) return null;
  const moment = new Date(timestamp);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

function seconds(moment: Date): string {
  return moment
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replace("T", " ");
}

function largestStep(elapsed: number): readonly [number, string] {
  return steps.find(([size]) => elapsed >= size) ?? [1, "s"];
}
