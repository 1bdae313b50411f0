/** Teaches a format, or changes one; the server tries it on the sample before it keeps it. */

import { useState } from "preact/hooks";

import type { FormatDefinition, TriedFormat, UserFormat } from "../api.ts";
import { usePage } from "../page.ts";
import { asProblem, errorElsewhere, errorsAt, type Problem } from "../problem.ts";
import { FormField } from "./form-field.tsx";
import { PreviewTable } from "./preview-table.tsx";
import { ZoneInput } from "./upload-options.tsx";

type Kind = "pattern" | "grok";

const examples: Readonly<Record<Kind, string>> = {
  pattern: "^(?<time>\\S+ \\S+) (?<level>[A-Z]+) (?<message>.*)",
  grok: "%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} %{GREEDYDATA:message}",
};
const pointers = ["/name", "/pattern", "/grok", "/sample", "/timezone"];

interface Props {
  /** null to teach a new one. */
  readonly changing: UserFormat | null;
  readonly onDone: () => void;
}

export function FormatForm({ changing, onDone }: Props) {
  const [kind, setKind] = useState<Kind>(changing && changing.grok === null ? "pattern" : "grok");
  const { problem, kept, busy, submit } = useKeeping(changing, kind, onDone);
  const elsewhere = errorElsewhere(problem, ...pointers);
  return (
    <form class="card settings" aria-label="Format" aria-busy={busy} onSubmit={submit}>
      <h2>{changing ? `Change ${changing.name}` : "Add a format"}</h2>
      {!changing && (
        <FormField id="format-name" label="Name" hint="As uploads call it." errors={errorsAt(problem, "/name")}>
          {(field) => <input class="input" type="text" name="name" required maxLength={64} {...field} />}
        </FormField>
      )}
      <KindChoice kind={kind} onChange={setKind} />
      <FormField id="format-pattern" label="Pattern" errors={errorsAt(problem, "/pattern", "/grok")}>
        {(field) => (
          <textarea
            class="input mono"
            name="pattern"
            rows={3}
            required
            spellcheck={false}
            maxLength={4096}
            placeholder={examples[kind]}
            defaultValue={changing?.grok ?? changing?.pattern ?? ""}
            {...field}
          />
        )}
      </FormField>
      <FormField
        id="format-sample"
        label="Sample lines"
        hint="Each that is not blank has to match."
        errors={errorsAt(problem, "/sample")}
      >
        {(field) => (
          <textarea
            class="input mono"
            name="sample"
            rows={4}
            required
            spellcheck={false}
            maxLength={16_384}
            wrap="off"
            defaultValue={changing?.sample ?? ""}
            {...field}
          />
        )}
      </FormField>
      <FormField id="format-timezone" label="Time zone of times without one" errors={errorsAt(problem, "/timezone")}>
        {(field) => <ZoneInput name="timezone" value={changing?.timezone ?? ""} attributes={field} />}
      </FormField>
      {elsewhere && (
        <p class="form-error" role="alert">
          {elsewhere}
        </p>
      )}
      <Buttons isChange={changing !== null} busy={busy} onDone={onDone} />
      {kept && <Kept kept={kept} />}
    </form>
  );
}

function KindChoice({ kind, onChange }: { kind: Kind; onChange: (kind: Kind) => void }) {
  const words: Readonly<Record<Kind, string>> = { grok: "Grok", pattern: "Regular expression" };
  return (
    <fieldset class="choice">
      <legend class="sr-only">Kind of pattern</legend>
      {(["grok", "pattern"] as const).map((one) => (
        <label key={one}>
          <input type="radio" name="kind" checked={kind === one} onChange={() => onChange(one)} />
          {words[one]}
        </label>
      ))}
    </fieldset>
  );
}

function Buttons({ isChange, busy, onDone }: { isChange: boolean; busy: boolean; onDone: () => void }) {
  return (
    <div class="actions">
      {isChange && (
        <button class="button" type="button" onClick={onDone}>
          Leave it as it is
        </button>
      )}
      <button class="button filled" type="submit" disabled={busy}>
        {busy ? "Trying it…" : isChange ? "Try and keep" : "Try and add"}
      </button>
    </div>
  );
}

function Kept({ kept }: { kept: TriedFormat }) {
  return (
    <div role="status">
      <p class="tone-good">{kept.name} is kept. This is what it made of its sample:</p>
      <PreviewTable lines={kept.preview} />
    </div>
  );
}

function useKeeping(changing: UserFormat | null, kind: Kind, onDone: () => void) {
  const { formats } = usePage();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [kept, setKept] = useState<TriedFormat | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const { name, definition } = read(new FormData(form), kind);
    setBusy(true);
    setProblem(null);
    setKept(null);
    try {
      setKept(await formats.keep(changing?.name ?? name, definition, changing !== null));
      if (changing) onDone();
      else form.reset();
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  return { problem, kept, busy, submit };
}

function read(fields: FormData, kind: Kind): { name: string; definition: FormatDefinition } {
  const text = (name: string) => String(fields.get(name) ?? "");
  // Forms send line ends as CRLF.
  const sample = text("sample").replaceAll("\r\n", "\n");
  const pattern = text("pattern").replaceAll("\r\n", "\n");
  const timezone = text("timezone").trim() || null;
  return { name: text("name").trim(), definition: { [kind]: pattern, sample, timezone } };
}
