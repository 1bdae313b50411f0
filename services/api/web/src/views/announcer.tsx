import { isActive, percentDone, type Job } from "../job.ts";
import { count } from "../number.ts";
import { statusWord } from "./status.tsx";

/** Tells a screen reader about each quarter and about the end, not about every event. */
export function Announcer({ job }: { job: Job }) {
  return (
    <p class="sr-only" aria-live="polite" data-field="announcement">
      {announcement(job)}
    </p>
  );
}

function announcement(job: Job): string {
  const status = `${job.file_name}: ${statusWord(job.status)}`;
  if (!isActive(job.status)) {
    return `${status}. ${count(job.lines_stored)} stored, ${count(job.lines_rejected)} rejected, ${count(job.lines_dead_lettered)} dead-lettered.`;
  }
  const quarter = Math.floor((percentDone(job) ?? 0) / 25) * 25;
  return quarter > 0 ? `${status}, ${quarter}%` : status;
}
