/** The frame of the page: who is logged in, the queue's counters, and what the route shows. */

import { useEffect } from "preact/hooks";

import { useCell } from "../cell.ts";
import { count } from "../number.ts";
import { goTo, usePage } from "../page.ts";
import { formatRoute, lettersRoute, noFilter, place, settingsRoute, webhooksRoute, type Route } from "../route.ts";
import type { StreamState } from "../stream.ts";
import { mostCounted } from "../waiting-letters.ts";
import { focusContent } from "./content-focus.ts";
import { DeadLettersView } from "./dead-letters-view.tsx";
import { DropZone } from "./drop-zone.tsx";
import { JobList } from "./job-list.tsx";
import { JobView } from "./job-view.tsx";
import { Overview } from "./overview.tsx";
import { PreviewPanel } from "./preview-panel.tsx";
import { QueueCounters } from "./queue-counters.tsx";
import { SettingsView } from "./settings-view.tsx";
import { SignIn } from "./sign-in.tsx";
import { WebhooksView } from "./webhooks-view.tsx";

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
    focusContent();
  };
  return (
    <a class="skip" href="#main" onClick={skip}>
      Skip to the content
    </a>
  );
}

function Workspace() {
  const route = useCell(usePage().route);
  const isHome = place(route) === "#/";
  useEffect(() => {
    if (isHome) document.title = "logmill";
  }, [isHome]);
  return (
    <div class={isHome ? "workspace" : "workspace has-job"}>
      <aside class="side">
        <DropZone />
        <JobList />
      </aside>
      <main class="content" id="main" tabIndex={-1}>
        <PreviewPanel />
        <Content route={route} />
      </main>
    </div>
  );
}

function Content({ route: { jobId, settings, letters, webhooks } }: { route: Route }) {
  if (webhooks) return <WebhooksView filter={webhooks} />;
  if (letters) return <DeadLettersView shown={letters} />;
  if (jobId) return <JobView key={jobId} jobId={jobId} />;
  return settings ? <SettingsView /> : <Overview />;
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
      {email && <DeadLettersLink />}
      {email && <WebhooksLink />}
      {email && <Account email={email} />}
    </header>
  );
}

/** With how many wait for somebody to decide, as far as the reader may see them. */
function DeadLettersLink() {
  const { waitingLetters, route } = usePage();
  const waiting = useCell(waitingLetters.count);
  const isShown = useCell(route).letters !== undefined;
  return (
    <a class="top-link" href={formatRoute(lettersRoute())} aria-current={isShown ? "page" : undefined}>
      Dead letters{" "}
      {waiting !== null && (
        <b
          class={waiting > 0 ? "tone-bad" : ""}
          data-field="waiting_letters"
          title="Waiting to be replayed or discarded"
        >
          {count(waiting)}
          {waiting >= mostCounted && "+"}
        </b>
      )}
    </a>
  );
}

function WebhooksLink() {
  const isShown = useCell(usePage().route).webhooks !== undefined;
  return (
    <a class="top-link" href={formatRoute(webhooksRoute())} aria-current={isShown ? "page" : undefined}>
      Webhooks
    </a>
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
