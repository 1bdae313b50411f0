/** The frame of the page: who is logged in, the queue's counters, and what the route shows. */

import { useEffect } from "preact/hooks";

import { useCell } from "../cell.ts";
import { goTo, usePage } from "../page.ts";
import { formatRoute, noFilter, settingsRoute } from "../route.ts";
import type { StreamState } from "../stream.ts";
import { DropZone } from "./drop-zone.tsx";
import { JobList } from "./job-list.tsx";
import { JobView } from "./job-view.tsx";
import { Overview } from "./overview.tsx";
import { PreviewPanel } from "./preview-panel.tsx";
import { QueueCounters } from "./queue-counters.tsx";
import { SettingsView } from "./settings-view.tsx";
import { SignIn } from "./sign-in.tsx";

export function Shell() {
  const session = useCell(usePage().session.state);
  return (
    <>
      <SkipLink />
      <Header email={session.kind === "in" ? session.user.email : null} />
      {session.kind === "in" && <Workspace key={session.user.user_id} />}
      {session.kind === "out" && <SignIn key={session.notice} notice={session.notice} />}
    </>
  );
}

/** The URL's hash belongs to the route, so the focus is moved by hand. */
function SkipLink() {
  const skip = (event: Event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  };
  return (
    <a class="skip" href="#main" onClick={skip}>
      Skip to the content
    </a>
  );
}

function Workspace() {
  const { jobId, settings } = useCell(usePage().route);
  useEffect(() => {
    if (jobId === null && !settings) document.title = "logmill";
  }, [jobId, settings]);
  return (
    <div class={jobId || settings ? "workspace has-job" : "workspace"}>
      <aside class="side">
        <DropZone />
        <JobList />
      </aside>
      <main class="content" id="main" tabIndex={-1}>
        <PreviewPanel />
        {settings ? <SettingsView /> : jobId ? <JobView key={jobId} jobId={jobId} /> : <Overview />}
      </main>
    </div>
  );
}

function Header({ email }: { email: string | null }) {
  const page = usePage();
  const home = (event: Event) => {
    event.preventDefault();
    goTo(page, { jobId: null, filter: noFilter });
  };
  return (
    <header class="top">
      <a class="brand" href="#/" onClick={home}>
        logmill
      </a>
      <QueueCounters />
      {email && <Account email={email} />}
    </header>
  );
}

function Account({ email }: { email: string }) {
  const { session, stream, uploads } = usePage();
  const state = useCell(stream.state);
  const logout = () => {
    uploads.clear();
    void session.logout();
  };
  return (
    <div class="account">
      <Connection state={state} />
      <a href={formatRoute(settingsRoute)}>Formats and keywords</a>
      <span class="account-email" title={email}>
        {email}
      </span>
      <button class="link" type="button" onClick={logout}>
        Log out
      </button>
    </div>
  );
}

const connectionWords: Readonly<Record<StreamState, string>> = {
  off: "paused",
  connecting: "connecting…",
  live: "live",
  reconnecting: "reconnecting…",
};

function Connection({ state }: { state: StreamState }) {
  return (
    <span class={`connection connection-${state}`} role="status" data-field="connection">
      {connectionWords[state]}
    </span>
  );
}
