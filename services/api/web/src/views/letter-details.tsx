/** All that is known of one dead letter, and what can be done with it. All of it is text, never markup. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Attempt, LetterDetails as Details } from "../dead-letter.ts";
import { advice, reasonWords } from "../dead-letter.ts";
import { bytes, count, plural } from "../number.ts";
import { usePage } from "../page.ts";
import { asProblem, isAbort } from "../problem.ts";
import { formatRoute, lettersRoute } from "../route.ts";
import { visible } from "../text.ts";
import { absolute, precise } from "../time.ts";
import { LetterActions } from "./letter-actions.tsx";
import { LetterHistory } from "./letter-history.tsx";
import { LetterPayload } from "./letter-payload.tsx";
import { FileLink, linesOf, State } from "./letter-row.tsx";

interface Props {
  readonly letterId: string;
  /** Changes when it may have changed. */
  readonly tick: string;
  /** Something was done with it. */
  readonly onChange: () => void;
}

export function LetterDetails({ letterId, tick, onChange }: Props) {
  const [letter, problem] = useLetter(letterId, tick);
  return (
    <section class="letter-details" aria-label="Dead letter" data-field="letter" aria-busy={letter === null}>
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
      {letter ? <Shown letter={letter} onChange={onChange} /> : !problem && <p class="empty">Loading…</p>}
    </section>
  );
}

/** What was read last stays in sight while it is read again. */
function useLetter(letterId: string, tick: string): [Details | null, string | null] {
  const { api } = usePage();
  const [letter, setLetter] = useState<Details | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const request = new AbortController();
    const show = (read: Details) => {
      setLetter(read);
      setProblem(null);
    };
    const fail = (error: unknown) => isAbort(error) || setProblem(asProblem(error).message);
    api.deadLetter(letterId, request.signal).then(show, fail);
    return () => request.abort();
  }, [letterId, tick]);
  return [letter, problem];
}

function Shown({ letter, onChange }: { letter: Details; onChange: () => void }) {
  return (
    <>
      <header class="letter-head">
        <h3>{visible(reasonWords(letter.reason))}</h3>
        <code class="quiet">{visible(letter.reason)}</code>
        <State state={letter.state} />
        <LetterActions letter={letter} onChange={onChange} />
      </header>
      {letter.detail && (
        <p data-field="letter_detail" dir="auto">
          {visible(letter.detail)}
        </p>
      )}
      <p class="hint">{advice(letter.reason)}</p>
      <Facts letter={letter} />
      <Attempts attempts={letter.attempts_made} />
      {letter.trace && (
        <details>
          <summary>Trace of the last attempt</summary>
          <pre data-field="letter_trace">{visible(letter.trace)}</pre>
        </details>
      )}
      <LetterPayload letter={letter} />
      <Named title="Headers" field="letter_headers" values={letter.headers} />
      <Named title="Properties" field="letter_properties" values={letter.properties} />
      <LetterHistory events={letter.history} />
    </>
  );
}

function Facts({ letter }: { letter: Details }) {
  const where = linesOf(letter);
  return (
    <dl class="facts">
      <Fact name="File">
        <FileLink letter={letter} />
      </Fact>
      {letter.batch_no !== null && <Fact name="Batch">{count(letter.batch_no)}</Fact>}
      <Fact name="Lines">
        {count(letter.line_count)}
        {where && ` (no. ${where})`}
      </Fact>
      <Fact name="Died">{absolute(letter.dead_lettered_at)}</Fact>
      {letter.replays > 0 && <Fact name="Replayed">{plural(letter.replays, "time")}</Fact>}
      <Fact name="Packed">{bytes(letter.body_bytes)}</Fact>
      {letter.job_id && (
        <Fact name="Job">
          <a href={formatRoute(lettersRoute({ job_id: letter.job_id }))}>all its dead letters</a>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  if (attempts.length === 0) return <p class="quiet">It was given up at its first delivery: no attempt is recorded.</p>;
  return (
    <>
      <h3>Attempts</h3>
      <ol class="attempts" data-field="attempts">
        {attempts.map((attempt, place) => (
          <li key={place}>
            <span class="quiet">
              {precise(attempt.at)}
              {attempt.worker && ` · ${visible(attempt.worker)}`}
            </span>
            <span dir="auto">{visible(attempt.error)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

interface NamedProps {
  readonly title: string;
  readonly field: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Names and values as they came with the message. */
function Named({ title, field, values }: NamedProps) {
  const entries = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  if (entries.length === 0) return null;
  return (
    <details>
      <summary>
        {title} <span class="quiet">{entries.length}</span>
      </summary>
      <dl class="fields" data-field={field}>
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{visible(name)}</dt>
            <dd dir="auto">{visible(typeof value === "string" ? value : JSON.stringify(value))}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
