import { useState } from "preact/hooks";

import type { UserFormat } from "../api.ts";
import { usePage } from "../page.ts";
import { asProblem } from "../problem.ts";
import { visible } from "../text.ts";

interface Props {
  readonly formats: readonly UserFormat[];
  readonly onChange: (format: UserFormat) => void;
}

export function FormatList({ formats, onChange }: Props) {
  if (formats.length === 0) return <p class="empty">None yet.</p>;
  return (
    <ul class="formats" aria-label="Your formats">
      {formats.map((format) => (
        <FormatRow key={format.name} format={format} onChange={onChange} />
      ))}
    </ul>
  );
}

function FormatRow({ format, onChange }: { format: UserFormat; onChange: Props["onChange"] }) {
  const { name, grok, pattern, timezone } = format;
  return (
    <li data-format={name}>
      <p>
        <b>{name}</b> <span class="quiet">{grok === null ? "regular expression" : "grok"}</span>
        {timezone && <span class="quiet"> · {timezone}</span>}
      </p>
      <code class="mono">{visible(grok ?? pattern)}</code>
      <div class="actions">
        <button class="button" type="button" aria-label={`Change ${name}`} onClick={() => onChange(format)}>
          Change
        </button>
        <Delete name={name} />
      </div>
    </li>
  );
}

/** Asks once more before it deletes. */
function Delete({ name }: { name: string }) {
  const { formats } = usePage();
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const remove = () => formats.remove(name).catch((error: unknown) => setProblem(asProblem(error).message));
  return (
    <>
      <button
        class="button danger"
        type="button"
        aria-label={asked ? undefined : `Delete ${name}`}
        onBlur={() => setAsked(false)}
        onClick={() => (asked ? void remove() : setAsked(true))}
      >
        {asked ? `Delete ${name} for good?` : "Delete"}
      </button>
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
