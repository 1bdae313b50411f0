/** What was delivered, each with the way to its lines. All of it is text, never markup. */

import type { DeliveryList } from "../deliveries.ts";
import { count } from "../number.ts";
import { formatRoute } from "../route.ts";
import { visible } from "../text.ts";
import { eventChoices, eventWords, linesRoute, type Delivery } from "../webhook.ts";
import { Icon } from "./icons.tsx";
import { Moment } from "./moment.tsx";

interface Props {
  readonly list: DeliveryList;
  /** The one whose deliveries are listed, or "" for all. */
  readonly event: string;
  readonly onEvent: (event: string) => void;
  readonly onMore: () => void;
}

export function DeliveryTable({ list, event, onEvent, onMore }: Props) {
  return (
    <section class="card lines" aria-label="Deliveries">
      <header class="lines-head deliveries-head">
        <h2>Deliveries</h2>
        <EventChoice deliveries={list.items} event={event} onEvent={onEvent} />
      </header>
      {list.problem && (
        <p class="form-error" role="alert">
          {list.problem}
        </p>
      )}
      {list.items.length > 0 && (
        <div role="table" aria-label="Deliveries" aria-busy={list.state === "loading"}>
          <Titles />
          {list.items.map((delivery) => (
            <Row key={delivery.delivery_id} delivery={delivery} />
          ))}
        </div>
      )}
      <Foot list={list} event={event} onEvent={onEvent} onMore={onMore} />
    </section>
  );
}

function EventChoice({
  deliveries,
  event,
  onEvent,
}: {
  deliveries: readonly Delivery[];
  event: string;
  onEvent: (event: string) => void;
}) {
  const change = (changed: Event) => onEvent((changed.currentTarget as HTMLSelectElement).value);
  return (
    <select class="select" aria-label="Event" value={event} onChange={change}>
      <option value="">All events</option>
      {eventChoices(deliveries, event).map((name) => (
        <option key={name} value={name}>
          {visible(name)}
        </option>
      ))}
    </select>
  );
}

function Titles() {
  return (
    <div class="delivery delivery-titles" role="row">
      {["Time", "Event", "Repository", "Delivery", "Line", "State"].map((title) => (
        <span key={title} role="columnheader">
          {title}
        </span>
      ))}
    </div>
  );
}

function Row({ delivery }: { delivery: Delivery }) {
  const { delivery_id: id, repository, line_no: line } = delivery;
  return (
    <div class="delivery" role="row" data-delivery={id} data-state={delivery.state}>
      <span role="cell" class="delivery-time quiet">
        <Moment at={delivery.received_at} />
      </span>
      <span role="cell" class="delivery-event">{visible(eventWords(delivery))}</span>
      <span role="cell" class="delivery-feed" dir="auto" title={repository}>
        {visible(repository)}
      </span>
      <span role="cell" class="delivery-id mono quiet" title={id}>
        {visible(id)}
      </span>
      <span role="cell">
        <a href={formatRoute(linesRoute(delivery))} title="Shows its lines in their job">
          line {line}
        </a>
      </span>
      <span role="cell">
        <State state={delivery.state} />
      </span>
    </div>
  );
}

function State({ state }: { state: Delivery["state"] }) {
  const isWaiting = state === "waiting";
  return (
    <span
      class={`delivery-state tone-${isWaiting ? "warn" : "good"}`}
      data-field="delivery_state"
      title={isWaiting ? "Kept until the broker takes it" : "The broker has confirmed it"}
    >
      <Icon name={isWaiting ? "waiting" : "check"} />
      {isWaiting ? "Waiting" : "Taken in"}
    </span>
  );
}

function Foot({ list, event, onEvent, onMore }: Props) {
  if (list.items.length === 0) return <Empty list={list} event={event} onEvent={onEvent} />;
  return (
    <footer class="lines-foot">
      <span class="quiet">{count(list.items.length)} shown</span>
      {list.nextCursor && (
        <button class="button" type="button" disabled={list.state === "loading"} onClick={onMore}>
          {list.state === "loading" ? "Loading…" : "Load more"}
        </button>
      )}
    </footer>
  );
}

function Empty({ list, event, onEvent }: Pick<Props, "list" | "event" | "onEvent">) {
  if (list.state === "failed") return null;
  if (!list.isRead) return <p class="empty">Loading…</p>;
  if (event === "") return <p class="empty">Nothing was delivered yet. What GitHub sends appears here by itself.</p>;
  return (
    <p class="empty">
      No delivery of this event.{" "}
      <button class="link" type="button" onClick={() => onEvent("")}>
        Show all events
      </button>
    </p>
  );
}
