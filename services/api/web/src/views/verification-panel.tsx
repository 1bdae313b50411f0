/** A job recounted: whether everything adds up, and each check. */

import { useEffect, useRef, useState } from "preact/hooks";

import { usePage } from "../page.ts";
import { asProblem, isAbort } from "../problem.ts";
import { visible } from "../text.ts";
import { checkName, foundText, type Check, type Verification } from "../verification.ts";
import { Icon } from "./icons.tsx";

interface Recount {
  /** null until it was asked for. */
  readonly answer: Verification | null;
  readonly busy: boolean;
  readonly problem: string | null;
}

const none: Recount = { answer: null, busy: false, problem: null };

interface Props extends Recount {
  readonly run: () => Promise<void>;
  readonly close: () => void;
}

export function useVerification(jobId: string): Props {
  const { api } = usePage();
  const [recount, setRecount] = useState<Recount>(none);
  const request = useRef<AbortController | null>(null);
  const stop = () => request.current?.abort();
  // The server counts for as long as somebody waits for it.
  useEffect(() => stop, [jobId]);
  const run = async () => {
    stop();
    request.current = new AbortController();
    const { signal } = request.current;
    setRecount((before) => ({ ...before, busy: true, problem: null }));
    try {
      const answer = await api.verify(jobId, signal);
      setRecount({ ...none, answer });
    } catch (error) {
      if (!isAbort(error)) setRecount({ ...none, problem: asProblem(error).message });
    }
  };
  const close = () => {
    stop();
    setRecount(none);
  };
  return { ...recount, run, close };
}

export function VerificationPanel({ answer, busy, problem, close }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [answer]);
  if (!answer && !busy && !problem) return null;
  return (
    <section class="card verification" aria-label="Verification" aria-busy={busy}>
      <header class="preview-head">
        <h2 ref={heading} tabIndex={-1}>
          {busy ? "Recounting the job from its rows…" : <Verdict answer={answer} />}
        </h2>
        <button class="icon-button" type="button" aria-label="Close the verification" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
      {answer && answer.checks.length > 0 && <Checks checks={answer.checks} />}
    </section>
  );
}

function Verdict({ answer }: { answer: Verification | null }) {
  if (!answer) return <>Not verified</>;
  const { adds_up } = answer;
  return (
    <span class={`verdict-line tone-${adds_up ? "good" : "bad"}`} data-field="adds_up" data-ok={adds_up}>
      <Icon name={adds_up ? "check" : "error"} />
      {adds_up ? "Recounted: everything adds up." : "Recounted: something does not add up."}
    </span>
  );
}

function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <div class="preview-scroll" tabIndex={0} role="group" aria-label="Checks">
      <table class="preview-table checks">
        <thead>
          <tr>
            <th scope="col">Check</th>
            <th scope="col">Expected</th>
            <th scope="col">Found</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {checks.map((check) => (
            <CheckRow key={check.name} check={check} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CheckRow({ check: { name, expected, found, ok, detail } }: { check: Check }) {
  return (
    <tr data-check={name} data-ok={ok}>
      <th scope="row">
        {visible(checkName(name))}
        {detail && <span class="quiet check-detail">{visible(detail)}</span>}
      </th>
      <td data-title="Expected">{visible(foundText(expected))}</td>
      <td data-title="Found">{visible(foundText(found))}</td>
      <td class={ok ? "tone-good" : "tone-bad"}>
        <span class="verdict-line">
          <Icon name={ok ? "check" : "error"} />
          {ok ? "ok" : "not ok"}
        </span>
      </td>
    </tr>
  );
}
