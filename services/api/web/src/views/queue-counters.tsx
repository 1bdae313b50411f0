/** What waits in the broker, and who works on it. */

import type { QueueStatus } from "../api.ts";
import { useCell } from "../cell.ts";
import { count } from "../number.ts";
import { usePage } from "../page.ts";
import { atWork } from "../queue.ts";

export function QueueCounters() {
  const status = useCell(usePage().queue.status);
  return (
    <dl class="queue" aria-label="Queue" data-available={status?.available ?? false}>
      <Counter
        field="ready"
        name="queued"
        value={atWork(status, "ready")}
        hint="Line batches that wait for a worker: inputs' beginnings, what is far behind one, and those tried alone"
      />
      <Counter
        field="unacked"
        name="in work"
        value={atWork(status, "unacked")}
        hint="Line batches a worker holds, of all these queues"
      />
      <Counter
        field="retry"
        name="to retry"
        value={status?.queues["logs_ingest.retry"]?.ready}
        hint="Line batches that wait for another attempt"
      />
      <Counter
        field="dlq"
        name="to record"
        value={status?.dlq_depth}
        hint="Line batches that were given up and are about to become dead letters"
        alarm
      />
      <Counter
        field="consumers"
        name="workers"
        value={status?.queues["logs_ingest"]?.consumers}
        hint="Consumers of the queue"
      />
      {isAway(status) && <div class="tone-bad">broker away</div>}
    </dl>
  );
}

function isAway(status: QueueStatus | null): boolean {
  return status !== null && !status.available;
}

interface CounterProps {
  readonly field: string;
  readonly name: string;
  readonly value: number | null | undefined;
  readonly hint: string;
  readonly alarm?: boolean;
}

function Counter({ field, name, value, hint, alarm = false }: CounterProps) {
  return (
    <div title={hint} class={alarm && (value ?? 0) > 0 ? "tone-bad" : ""}>
      <dt>{name}</dt>
      <dd data-field={`queue_${field}`}>{count(value)}</dd>
    </div>
  );
}
