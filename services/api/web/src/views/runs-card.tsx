/** How runs, checks and deployments ended, and how long they took. */

import type { Runs, Tone } from "../github.ts";
import { count } from "../number.ts";
import { visible } from "../text.ts";
import { duration } from "../time.ts";
import { Icon, type IconName } from "./icons.tsx";

const icons: Readonly<Record<Tone, IconName>> = { good: "check", bad: "error", warn: "warning", quiet: "waiting" };
const percentiles = ["p50", "p90", "p99"] as const;

export function RunsCard({ runs }: { runs: readonly Runs[] }) {
  return (
    <section class="card runs" aria-label="Runs by outcome">
      <table data-field="runs">
        <caption>Runs by outcome</caption>
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">Outcomes</th>
            {percentiles.map((name) => (
              <th key={name} scope="col" class="run-time">
                Time {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((one) => (
            <Row key={one.event} runs={one} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ runs: { event, outcomes, duration: took } }: { runs: Runs }) {
  return (
    <tr data-event={event}>
      <th scope="row" class="mono">
        {visible(event)}
      </th>
      <td>
        <ul class="outcomes">
          {outcomes.map(({ name, count: times, tone }) => (
            <li key={name} data-outcome={name} data-count={times}>
              <span class={`tone-${tone}`}>
                <Icon name={icons[tone]} />
              </span>
              {visible(name)} <b>{count(times)}</b>
            </li>
          ))}
        </ul>
      </td>
      {percentiles.map((name) => (
        <td key={name} class="run-time" data-title={`Time ${name}`} data-percentile={name}>
          {duration(took && took[name] !== null ? took[name] / 1000 : null)}
        </td>
      ))}
    </tr>
  );
}
