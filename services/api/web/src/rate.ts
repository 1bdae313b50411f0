/** Speed and time left of something that grows, smoothed so that the numbers can be read. */

const halfLifeSeconds = 3;
const warmUpSeconds = 3;

export interface Rate {
  readonly startedAt: number;
  readonly at: number;
  readonly done: number;
  /** Units a second, null until two samples were seen. */
  readonly perSecond: number | null;
}

/** A rate with nothing done at `now` (milliseconds). */
export function startRate(now: number): Rate {
  return { startedAt: now, at: now, done: 0, perSecond: null };
}

/** The rate after `done` units at `now`; samples closer than 200 ms are joined. */
export function sampleRate(rate: Rate, done: number, now: number): Rate {
  const elapsed = (now - rate.at) / 1000;
  if (elapsed < 0.2) return rate;
  const current = Math.max(0, done - rate.done) / elapsed;
  const keep = rate.perSecond === null ? 0 : 0.5 ** (elapsed / halfLifeSeconds);
  const perSecond = keep * (rate.perSecond ?? 0) + (1 - keep) * current;
  return { ...rate, at: now, done, perSecond };
}

/** Seconds left, null during the first seconds and while nothing moves. */
export function timeLeft(rate: Rate, total: number): number | null {
  const warm = (rate.at - rate.startedAt) / 1000 >= warmUpSeconds;
  if (!warm || rate.perSecond === null || rate.perSecond < 1) return null;
  return Math.max(0, total - rate.done) / rate.perSecond;
}
