/** What can be done with a job; actions this server does not have are not offered. */

import { useState } from "preact/hooks";

import { useCell } from "../cell.ts";
import { isActive, type Job } from "../job.ts";
import { plural } from "../number.ts";
import { cancelJob, removeJob, usePage } from "../page.ts";
import { isOfJob } from "../replay.ts";
import { filterQuery, type LineFilter } from "../route.ts";
import { curlCommand, visible } from "../text.ts";
import { useAttempt } from "./attempt.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { focusContent } from "./content-focus.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";

interface Props {
  readonly job: Job;
  readonly onVerify: () => void;
}

export function JobActions({ job, onVerify }: Props) {
  const page = usePage();
  const { api, replays, routes, route } = page;
  const known = useCell(routes);
  const { filter } = useCell(route);
  const [problem, attempt] = useAttempt();
  const lines = `${location.origin}/api/jobs/${job.job_id}/lines?${filterQuery(filter)}`.replace(/\?$/, "");
  const active = isActive(job.status);
  const isReplaying = useCell(replays.list).some((one) => one.status === "running" && isOfJob(one, job.job_id));
  return (
    <div class="actions">
      <CopyButton label="Copy curl" text={curlCommand(lines)} hint="A command that fetches these lines" />
      {known.has("GET /api/jobs/{}/export") && <Export job={job} filter={filter} />}
      {known.has("GET /api/jobs/{}/verify") && (
        <button class="button" type="button" title="Recounts the job from its rows" onClick={onVerify}>
          <Icon name="check" />
          Verify
        </button>
      )}
      {job.lines_dead_lettered > 0 && known.has("POST /api/jobs/{}/retry") && (
        <button
          class="button"
          type="button"
          title="Replays the job's dead letters"
          disabled={isReplaying}
          onClick={() => attempt(replays.follow(api.retry(job.job_id)))}
        >
          <Icon name="retry" />
          Retry
        </button>
      )}
      {active && known.has("POST /api/jobs/{}/cancel") && (
        <button class="button" type="button" onClick={() => attempt(cancelJob(page, job.job_id))}>
          <Icon name="cancelled" />
          Cancel
        </button>
      )}
      {known.has("DELETE /api/jobs/{}") && <Delete job={job} />}
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

/** The filter holds for the lines; the original bytes are all of them, and complete only at the end. */
function Export({ job, filter }: { job: Job; filter: LineFilter }) {
  const path = `/api/jobs/${job.job_id}/export`;
  const query = filterQuery(filter).toString();
  const which = query ? "The lines that pass the filter" : "All lines";
  return (
    <div class="exports" role="group" aria-label="Export">
      <a class="button" href={`${path}?${exportQuery("ndjson", query)}`} title={`${which} as JSON, one a line`} download>
        <Icon name="download" />
        NDJSON
      </a>
      <a class="button" href={`${path}?${exportQuery("csv", query)}`} title={`${which} as a table`} download>
        CSV
      </a>
      {!isActive(job.status) && (
        <a class="button" href={`${path}?format=raw`} title="The input as it was, unpacked" download>
          Raw
        </a>
      )}
    </div>
  );
}

function exportQuery(format: string, query: string): string {
  return query ? `format=${format}&${query}` : `format=${format}`;
}

function Delete({ job }: { job: Job }) {
  const page = usePage();
  const [isAsking, setAsking] = useState(false);
  const remove = () => removeJob(page, job.job_id).then(focusContent);
  return (
    <>
      <button class="button danger" type="button" onClick={() => setAsking(true)}>
        <Icon name="trash" />
        Delete
      </button>
      {isAsking && (
        <ConfirmDialog
          title="Delete this job?"
          action="Delete for good"
          onConfirm={remove}
          onClose={() => setAsking(false)}
        >
          <p>
            <b dir="auto">{visible(job.file_name)}</b>
          </p>
          <p>{lossOf(job)}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function lossOf(job: Job): string {
  const lines = `${isActive(job.status) ? "It is stopped, and its " : "Its "}${plural(job.lines_read, "line")}`;
  return `${lines}, charts and dead letters are removed from everywhere.`;
}
