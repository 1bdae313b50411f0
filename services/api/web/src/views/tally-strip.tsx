/** Conservation, spelled out: lines read = stored + rejected + dead-lettered. */

import type { ComponentChildren } from "preact";

import { isConserved, settled, type Tally } from "../job.ts";
import { count, plural, share } from "../number.ts";
import { formatRoute, type Route } from "../route.ts";
import { Icon } from "./icons.tsx";

interface Props {
  /** null while nobody knows. */
  readonly tally: Tally | null;
  readonly ended: boolean;
  /** Shows the rejected lines. */
  readonly onRejected?: (() => void) | undefined;
  /** Where the dead letters are. */
  readonly letters: Route;
}

export function TallyStrip({ tally, ended, onRejected, letters }: Props) {
  const view = onRejected && (
    <button class="link" type="button" onClick={onRejected}>
      view with reasons
    </button>
  );
  return (
    <section class="tally" aria-label="Lines by outcome">
      <dl class="tally-sum">
        <Term field="lines_read" name="Lines read" value={tally?.lines_read} />
        <Term sign="=" field="lines_stored" name="Stored" value={tally?.lines_stored} of={tally?.lines_read} />
        <Term
          sign="+"
          field="lines_rejected"
          name="Rejected"
          value={tally?.lines_rejected}
          of={tally?.lines_read}
          tone="warn"
          view={view}
        />
        <Term
          sign="+"
          field="lines_dead_lettered"
          name="Dead-lettered"
          value={tally?.lines_dead_lettered}
          of={tally?.lines_read}
          tone="bad"
          view={<a href={formatRoute(letters)}>view dead letters</a>}
        />
      </dl>
      {tally && <Verdict tally={tally} ended={ended} />}
    </section>
  );
}

interface TermProps {
  readonly field: keyof Tally;
  readonly name: string;
  readonly value: number | undefined;
  readonly of?: number | undefined;
  readonly sign?: string;
  readonly tone?: "warn" | "bad";
  /** Leads to the lines themselves, when there are any. */
  readonly view?: ComponentChildren;
}

function Term({ field, name, value, of, sign, tone, view }: TermProps) {
  return (
    <div class={tone && value ? `term tone-${tone}` : "term"} data-sign={sign}>
      <dt>{name}</dt>
      <dd class="term-value" data-field={field}>
        {count(value)}
      </dd>
      {value !== undefined && of !== undefined && (
        <dd class="term-note">{value > 0 && view ? view : share(value, of)}</dd>
      )}
    </div>
  );
}

function Verdict({ tally, ended }: { tally: Tally; ended: boolean }) {
  const missing = tally.lines_read - settled(tally);
  if (!ended)
    return (
      <p class="verdict quiet">
        {missing > 0 ? `${plural(missing, "line")} still on the way.` : "Nothing is on the way."}
      </p>
    );
  if (tally.lines_read === 0) return <p class="verdict quiet">No lines yet.</p>;
  if (!isConserved(tally))
    return <Told tone="bad" icon="error" text={`${plural(Math.abs(missing), "line")} unaccounted for.`} />;
  return <Told tone="good" icon="check" text="Every line is accounted for." />;
}

function Told({ tone, icon, text }: { tone: "good" | "bad"; icon: "check" | "error"; text: string }) {
  return (
    <p class={`verdict tone-${tone}`} data-field="conservation" data-conserved={tone === "good"}>
      <Icon name={icon} />
      {text}
    </p>
  );
}
