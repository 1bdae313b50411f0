/** A replay: dead letters on their way through the queue once more. Everything here is pure. */

import { count, plural } from "./number.ts";

export interface Replay {
  readonly replay_id: string;
  readonly status: "running" | "completed" | "cancelled";
  /** As asked for; `job_id` of a job's retry. */
  readonly filter: Readonly<Record<string, unknown>>;
  /** Letters it took. */
  readonly total: number;
  /** Of those: in the queue again, whatever came of it. */
  readonly published: number;
  readonly stored: number;
  readonly dead_again: number;
  /** Not in the queue yet, or not any more to be. */
  readonly waiting: number;
  readonly created_at: string;
  readonly ended_at: string | null;
}

/** 0 to 100: letters with an outcome. */
export function replayPercent({ status, total, stored, dead_again }: Replay): number {
  if (status === "completed" || total === 0) return 100;
  return Math.min(99, ((stored + dead_again) / total) * 100);
}

/** How far it is, or what came of it. */
export function replaySentence(replay: Replay): string {
  const { status, total, stored, dead_again, waiting } = replay;
  const others = Math.max(0, total - stored - dead_again - waiting);
  const outcome = [`${count(stored)} stored`, `${count(dead_again)} died again`];
  if (status === "running") return `Replaying ${plural(total, "dead letter")}: ${outcome.join(", ")}`;
  if (status === "cancelled") {
    const left = others > 0 ? [`${count(others)} still on the way`] : [];
    return `Replay cancelled: ${[...outcome, `${count(waiting)} wait as before`, ...left].join(", ")}.`;
  }
  const all = total === 1 ? "The dead letter" : `All ${count(total)} dead letters`;
  if (stored === total) return `${all} ${total === 1 ? "is" : "are"} stored now.`;
  if (dead_again === total) return `${all} died again.`;
  if (waiting > 0) outcome.push(`${count(waiting)} not sent on`);
  if (others > 0) outcome.push(`${count(others)} discarded or replayed once more since`);
  return `${plural(total, "dead letter")} replayed: ${outcome.join(", ")}.`;
}

/** What came of it at a glance: only a replay that brought in all of its letters is a good one. */
export function replayTone({ status, total, stored, dead_again }: Replay): "busy" | "good" | "warn" | "quiet" {
  if (status === "running") return "busy";
  if (status === "cancelled" && dead_again === 0) return "quiet";
  return stored === total ? "good" : "warn";
}

/** Whether it replays the letters of this job only. */
export function isOfJob(replay: Replay, jobId: string): boolean {
  return replay.filter["job_id"] === jobId;
}
