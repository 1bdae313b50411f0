/** Composition root: builds the page's parts and connects them. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import { Api } from "./api.ts";
import { Cell } from "./cell.ts";
import { isActive, type Progress } from "./job.ts";
import { Jobs } from "./jobs.ts";
import { Queue } from "./queue.ts";
import { formatRoute, noFilter, parseRoute, type Route } from "./route.ts";
import { Session } from "./session.ts";
import { Stream } from "./stream.ts";
import { Uploads } from "./uploads.ts";

const fallbackPollMs = 3_000;
const clockMs = 5_000;

export interface Page {
  readonly api: Api;
  readonly session: Session;
  readonly jobs: Jobs;
  readonly uploads: Uploads;
  readonly stream: Stream;
  readonly queue: Queue;
  readonly route: Cell<Route>;
  /** Epoch milliseconds, moved on every few seconds; relative times are told from it. */
  readonly now: Cell<number>;
  /** Routes of this server, as `DELETE /api/jobs/{}`. */
  readonly routes: Cell<ReadonlySet<string>>;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error("usePage outside of the page");
  return page;
}

/** Changes what is shown; a filter replaces the history entry, another job adds one. */
export function goTo(page: Page, route: Route): void {
  const isSameJob = page.route.get().jobId === route.jobId;
  history[isSameJob ? "replaceState" : "pushState"](null, "", formatRoute(route));
  page.route.set(route);
}

/** Builds and connects everything; nothing is asked of the server before `start`. */
export function buildPage(): Page & { start(): void } {
  const api: Api = new Api(() => session.expire());
  const session = new Session(api);
  const jobs = new Jobs(api);
  const route = new Cell(parseRoute(location.hash));
  const uploads = new Uploads(
    () => knownJobs(jobs),
    (jobId) => showUpload(page, jobId),
  );
  const resync = () => void refresh(page);
  const onEvent = (progress: Progress) => jobs.onProgress(progress);
  const stream = new Stream("/stream", { progress: onEvent, ended: (last) => finish(page, last), resumed: resync });
  const routes = new Cell<ReadonlySet<string>>(new Set());
  const now = new Cell(Date.now());
  const page: Page = { api, session, jobs, uploads, stream, queue: new Queue(api), route, routes, now };
  return { ...page, start: () => start(page) };
}

function start(page: Page): void {
  addEventListener("hashchange", () => page.route.set(parseRoute(location.hash)));
  addEventListener("popstate", () => page.route.set(parseRoute(location.hash)));
  page.session.state.subscribe(() => onSession(page));
  page.jobs.list.subscribe(() => page.uploads.claim([...page.jobs.list.get().jobs.values()]));
  setInterval(() => page.now.set(Date.now()), clockMs);
  setInterval(() => pollWithoutStream(page), fallbackPollMs);
  page.queue.start();
  void page.session.resume();
  void page.api.routes().then((routes) => page.routes.set(routes));
}

function onSession(page: Page): void {
  page.stream.stop();
  page.jobs.clear();
  if (page.session.state.get().kind !== "in") return;
  page.stream.start();
  void refresh(page);
}

function pollWithoutStream(page: Page): void {
  if (page.stream.state.get() === "reconnecting" && !document.hidden) void refresh(page);
}

async function refresh(page: Page): Promise<void> {
  if (page.session.state.get().kind === "in") await page.jobs.refresh();
  const { jobId } = page.route.get();
  const shown = jobId ? page.jobs.list.get().jobs.get(jobId) : undefined;
  // A job older than the list's first page is asked for by itself.
  if (shown && isActive(shown.status)) await page.jobs.read(shown.job_id).catch(() => undefined);
}

function knownJobs(jobs: Jobs): ReadonlySet<string> | null {
  const list = jobs.list.get();
  return list.loaded ? new Set(list.jobs.keys()) : null;
}

function finish(page: Page, last: Progress): void {
  page.jobs.onProgress(last);
  // The event has the numbers; times, formats and the hash are with the job.
  void page.jobs.read(last.job_id).catch(() => undefined);
}

/** Opens an upload's job, unless the reader is already looking at one. */
function showUpload(page: Page, jobId: string): void {
  void page.jobs.read(jobId).catch(() => undefined);
  if (page.route.get().jobId === null) goTo(page, { jobId, filter: noFilter });
}
