/** Webhooks of GitHub: where they go, what signs them, and what they delivered. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { useCell } from "../cell.ts";
import { Deliveries, noDeliveries } from "../deliveries.ts";
import { settled } from "../job.ts";
import { goTo, usePage } from "../page.ts";
import { asProblem } from "../problem.ts";
import { isFiltered, webhooksRoute, type DeliveryFilter } from "../route.ts";
import { WebhookSecrets } from "../webhook-secrets.ts";
import { DeliveryTable } from "./delivery-table.tsx";
import { Icon } from "./icons.tsx";
import { SecretsCard } from "./webhook-secrets-card.tsx";
import { WebhookSetup } from "./webhook-setup.tsx";

export function WebhooksView({ filter }: { filter: DeliveryFilter }) {
  const page = usePage();
  const tick = useDeliveryTick();
  const deliveries = useDeliveries(filter.event, tick);
  const list = useCell(deliveries.list);
  const [secrets, problem] = useSecrets(tick);
  const isNew = list.isRead && list.items.length === 0 && !isFiltered(filter);
  useEffect(() => {
    document.title = "Webhooks – logmill";
  }, []);
  return (
    <>
      <a class="back" href="#/">
        <Icon name="back" />
        All jobs
      </a>
      <header class="job-head">
        <h1>Webhooks</h1>
        <p class="job-meta">
          What GitHub delivers becomes records within seconds, in one job for each repository and day.
        </p>
      </header>
      <WebhookSetup isNew={isNew} />
      <SecretsCard secrets={secrets} problem={problem} />
      <DeliveryTable
        list={list}
        event={filter.event}
        onEvent={(event) => goTo(page, webhooksRoute({ event }))}
        onMore={() => void deliveries.more()}
      />
    </>
  );
}

/** Changes every few seconds, and at once when the jobs of deliveries move. */
function useDeliveryTick(): string {
  const page = usePage();
  const now = useCell(page.now);
  const jobs = [...useCell(page.jobs.list).jobs.values()].filter(({ source }) => source === "github");
  const moved = jobs.reduce((sum, job) => sum + job.lines_read + settled(job), 0);
  return `${now}/${jobs.length}/${moved}`;
}

function useDeliveries(event: string, tick: string): Deliveries {
  const { api } = usePage();
  const before = useRef(noDeliveries);
  const deliveries = useMemo(() => new Deliveries(api, event, before.current), [event]);
  before.current = deliveries.list.get();
  useEffect(() => () => deliveries.close(), [deliveries]);
  useEffect(() => {
    if (!document.hidden) void deliveries.refresh();
  }, [deliveries, tick]);
  return deliveries;
}

/** Read again as well: when they were last used tells whether GitHub gets through. */
function useSecrets(tick: string): [WebhookSecrets, string | null] {
  const { api } = usePage();
  const secrets = useMemo(() => new WebhookSecrets(api), []);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (document.hidden) return;
    secrets.load().then(
      () => setProblem(null),
      (error: unknown) => setProblem(asProblem(error).message),
    );
  }, [tick]);
  return [secrets, problem];
}
