/** How the events of GitHub went, as the stats have it. Everything here is pure. */

import type { Stats } from "./api.ts";
import type { Counts } from "./job.ts";

export type Tone = "good" | "bad" | "warn" | "quiet";

export type Percentiles = Readonly<Record<"p50" | "p90" | "p99", number | null>>;

/** How the runs of one kind ended, and how many milliseconds they took. */
export interface Runs {
  readonly event: string;
  /** The most frequent first. */
  readonly outcomes: ReadonlyArray<{ readonly name: string; readonly count: number; readonly tone: Tone }>;
  readonly total: number;
  /** null while none has ended with a time. */
  readonly duration: Percentiles | null;
}

const tones: Readonly<Record<string, Tone>> = {
  success: "good",
  failure: "bad",
  error: "bad",
  timed_out: "bad",
  startup_failure: "bad",
  cancelled: "warn",
  action_required: "warn",
  stale: "warn",
};

/** As the severity of their records has it. */
export function outcomeTone(outcome: string): Tone {
  return Object.hasOwn(tones, outcome) ? (tones[outcome] ?? "quiet") : "quiet";
}

/** By kind, the most frequent first; those that were only timed last. */
export function runsOf({ ci_outcomes, ci_duration_ms }: Pick<Stats, "ci_outcomes" | "ci_duration_ms">): Runs[] {
  const events = new Set([...Object.keys(ci_outcomes), ...Object.keys(ci_duration_ms)]);
  const runs = [...events].map((event) => runsOfEvent(event, ci_outcomes[event] ?? {}, ci_duration_ms[event] ?? null));
  return runs.sort((first, second) => second.total - first.total || first.event.localeCompare(second.event));
}

function runsOfEvent(event: string, counts: Counts, duration: Percentiles | null): Runs {
  const outcomes = Object.entries(counts)
    .map(([name, count]) => ({ name, count, tone: outcomeTone(name) }))
    .sort((first, second) => second.count - first.count);
  const total = outcomes.reduce((sum, { count }) => sum + count, 0);
  return { event, outcomes, total, duration: duration?.p50 == null ? null : duration };
}

/** Whether addresses, paths and status codes have nothing to say: there are events and nothing else. */
export function isAllEvents({ format_counts }: Pick<Stats, "format_counts">): boolean {
  const formats = Object.keys(format_counts).filter((name) => (format_counts[name] ?? 0) > 0);
  return formats.length === 1 && formats[0] === "github";
}
