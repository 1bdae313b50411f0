/** What can be done with a job; actions this server does not have are not offered. */

import { useState } from "preact/hooks";

import { useCell } from "../cell.ts";
import { isActive, type Job } from "../job.ts";
import { goTo, usePage } from "../page.ts";
import { asProblem } from "../problem.ts";
import { filterQuery, noFilter, type LineFilter } from "../route.ts";
import { curlCommand } from "../text.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";

export function JobActions({ job }: { job: Job }) {
  const { jobs, routes, route } = usePage();
  const known = useCell(routes);
  const { filter } = useCell(route);
  const [problem, attempt] = useAttempt();
  const lines = `${location.origin}/api/jobs/${job.job_id}/lines?${filterQuery(filter)}`.replace(/\?$/, "");
  const active = isActive(job.status);
  return (
    <div class="actions">
      <CopyButton label="Copy curl" text={curlCommand(lines)} hint="A command that fetches these lines" />
      {known.has("GET /api/jobs/{}/export") && <Export job={job} filter={filter} />}
      {active && known.has("POST /api/jobs/{}/cancel") && (
        <button class="button" type="button" onClick={() => attempt(jobs.cancel(job.job_id))}>
          <Icon name="cancelled" />
          Cancel
        </button>
      )}
      {!active && known.has("DELETE /api/jobs/{}") && <Delete job={job} attempt={attempt} />}
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

type Attempt = (action: Promise<void>) => void;

function useAttempt(): [string | null, Attempt] {
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = (action: Promise<void>) => {
    setProblem(null);
    action.catch((error: unknown) => setProblem(asProblem(error).message));
  };
  return [problem, attempt];
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

/** Asks once more before it deletes. */
function Delete({ job, attempt }: { job: Job; attempt: Attempt }) {
  const page = usePage();
  const [asked, setAsked] = useState(false);
  const remove = async () => {
    await page.jobs.remove(job.job_id);
    goTo(page, { jobId: null, filter: noFilter });
  };
  return (
    <button
      class="button danger"
      type="button"
      onBlur={() => setAsked(false)}
      onClick={() => (asked ? attempt(remove()) : setAsked(true))}
    >
      <Icon name="trash" />
      {asked ? "Delete the job and its lines?" : "Delete"}
    </button>
  );
}
