/** Composition root: builds the page's parts and connects them. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import { Api } from "./api.ts";
import { Cell } from "./cell.ts";
import { Formats } from "./formats.ts";
import { isActive, type Progress } from "./job.ts";
import { Jobs } from "./jobs.ts";
import { noOptions, type UploadOptions } from "./options.ts";
import { Preview } from "./preview.ts";
import { asProblem } from "./problem.ts";
import { Queue } from "./queue.ts";
import { Replays } from "./replays.ts";
import { formatRoute, noFilter, parseRoute, place, type Route } from "./route.ts";
import { Session } from "./session.ts";
import { Stream } from "./stream.ts";
import { Uploads } from "./uploads.ts";
import { WaitingLetters } from "./waiting-letters.ts";

const fallbackPollMs = 3_000;
const clockMs = 5_000;

export interface Page {
  readonly api: Api;
  readonly session: Session;
  readonly jobs: Jobs;
  readonly uploads: Uploads;
  /** Of the uploads to come. */
  readonly options: Cell<UploadOptions>;
  readonly preview: Preview;
  readonly formats: Formats;
  readonly stream: Stream;
  readonly queue: Queue;
  readonly waitingLetters: WaitingLetters;
  readonly replays: Replays;
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

/** Changes what is shown; a filter replaces the history entry, anything else adds one. */
export function goTo(page: Page, route: Route): void {
  const isSame = place(page.route.get()) === place(route);
  history[isSame ? "replaceState" : "pushState"](null, "", formatRoute(route));
  page.route.set(route);
}

/** Builds and connects everything; nothing is asked of the server before `start`. */
export function buildPage(): Page & { start(): void } {
  const api: Api = new Api(() => session.expire());
  const session = new Session(api);
  const jobs = new Jobs(api);
  const route = new Cell(parseRoute(location.hash));
  const uploads = new Uploads(api, () => knownJobs(jobs), {
    found: (jobId) => showUpload(page, jobId),
    unpacked: () => void jobs.refresh(),
    duplicate: (first, own) => showDuplicate(page, first, own),
  });
  const options = new Cell(noOptions);
  const preview = new Preview(api, options);
  const formats = new Formats(api);
  const resync = () => void refresh(page);
  const onEvent = (progress: Progress) => jobs.onProgress(progress);
  const stream = new Stream("/stream", { progress: onEvent, ended: (last) => finish(page, last), resumed: resync });
  const routes = new Cell<ReadonlySet<string>>(new Set());
  const now = new Cell(Date.now());
  const replays = new Replays(api, () => void refreshAfterReplay(page));
  const letters = { waitingLetters: new WaitingLetters(api), replays };
  const sending = { uploads, options, preview, formats };
  const page: Page = { api, session, jobs, ...sending, stream, queue: new Queue(api), ...letters, route, routes, now };
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
  page.formats.clear();
  page.preview.close();
  page.options.set(noOptions);
  page.replays.clear();
  page.waitingLetters.stop();
  if (page.session.state.get().kind !== "in") return;
  page.stream.start();
  page.waitingLetters.start();
  void page.replays.resume().catch(() => undefined);
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

/** Jobs' numbers, and maybe how they ended, are others now. */
async function refreshAfterReplay(page: Page): Promise<void> {
  const { jobId } = page.route.get();
  await Promise.all([page.waitingLetters.refresh(), page.jobs.refresh()]);
  if (jobId) await page.jobs.read(jobId).catch(() => undefined);
}

/** Ends the job with what is stored of it, and what this page still sends for it. */
export async function cancelJob(page: Page, jobId: string): Promise<void> {
  // In this order: an upload that breaks off would end its job as interrupted.
  await page.api.cancel(jobId);
  page.uploads.cancelFor(jobId);
  await page.jobs.read(jobId);
}

export async function removeJob(page: Page, jobId: string): Promise<void> {
  await page.jobs.remove(jobId);
  page.uploads.cancelFor(jobId);
  void page.waitingLetters.refresh();
  goTo(page, { jobId: null, filter: noFilter });
}

function knownJobs(jobs: Jobs): ReadonlySet<string> | null {
  const list = jobs.list.get();
  return list.loaded ? new Set(list.jobs.keys()) : null;
}

function finish(page: Page, last: Progress): void {
  if (last.lines_dead_lettered > 0) void page.waitingLetters.refresh();
  // What is told to be cancelled may have been removed: then it is not shown once more.
  if (last.status !== "cancelled") page.jobs.onProgress(last);
  // The event has the numbers; times, formats and the hash are with the job.
  void page.jobs.read(last.job_id).catch((error: unknown) => {
    if (asProblem(error).status === 404) page.jobs.forget(last.job_id);
    else page.jobs.onProgress(last);
  });
}

/** Opens an upload's job, unless the reader is already looking at something. */
function showUpload(page: Page, jobId: string): void {
  void page.jobs.read(jobId).catch(() => undefined);
  if (place(page.route.get()) === "#/") goTo(page, { jobId, filter: noFilter });
}

/** Leaves the job that is no more; the upload's row says which one has its content. */
function showDuplicate(page: Page, first: string, own: string | null): void {
  void page.jobs.read(first).catch(() => undefined);
  if (own === null) return;
  page.jobs.forget(own);
  if (page.route.get().jobId === own) goTo(page, { jobId: null, filter: noFilter });
}
