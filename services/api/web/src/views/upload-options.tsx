/** How the next files are to be read; left alone, all of it is detected. */

import { useEffect, useState } from "preact/hooks";

import type { FormatPage } from "../api.ts";
import { useCell } from "../cell.ts";
import { charsets, zones, type UploadOptions } from "../options.ts";
import { usePage } from "../page.ts";
import { asProblem } from "../problem.ts";
import { formatRoute, settingsRoute } from "../route.ts";
import type { FieldAttributes } from "./form-field.tsx";

export function UploadOptionsForm() {
  const { options } = usePage();
  const set = useCell(options);
  const { list, problem } = useFormats();
  const change = (name: keyof UploadOptions) => (event: Event) => {
    const value = (event.currentTarget as HTMLInputElement | HTMLSelectElement).value.trim();
    options.update((before) => ({ ...before, [name]: value }));
  };
  return (
    <div class="options">
      <label class="option">
        Format
        <FormatSelect list={list} value={set.format} onChange={change("format")} />
      </label>
      <label class="option">
        Time zone of times without one
        <ZoneInput value={set.timezone} onChange={change("timezone")} />
      </label>
      <label class="option">
        Character set
        <select class="select" value={set.charset} onChange={change("charset")}>
          <option value="">Detect automatically</option>
          {charsets.map((charset) => (
            <option key={charset}>{charset}</option>
          ))}
        </select>
      </label>
      {problem && <p class="form-error">{problem}</p>}
      <p class="quiet small">
        Files chosen now wait until you send them. <a href={formatRoute(settingsRoute)}>Formats of your own</a>
      </p>
    </div>
  );
}

/** The formats there are, asked for when they are first needed. */
function useFormats(): { list: FormatPage | null; problem: string | null } {
  const { formats } = usePage();
  const list = useCell(formats.list);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (list === null) formats.load().catch((error: unknown) => setProblem(asProblem(error).message));
  }, []);
  return { list, problem };
}

interface FieldProps {
  readonly value: string;
  readonly onChange: (event: Event) => void;
}

function FormatSelect({ list, value, onChange }: FieldProps & { list: FormatPage | null }) {
  const own = (list?.items ?? []).map(({ name }) => name);
  const builtIn = list?.built_in ?? [];
  const isGone = value !== "" && ![...own, ...builtIn].includes(value);
  return (
    <select class="select" value={value} onChange={onChange}>
      <option value="">Detect automatically</option>
      {isGone && <option>{value}</option>}
      {own.length > 0 && <FormatGroup label="Your own" names={own} />}
      <FormatGroup label="Built in" names={builtIn} />
    </select>
  );
}

function FormatGroup({ label, names }: { label: string; names: readonly string[] }) {
  return (
    <optgroup label={label}>
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </optgroup>
  );
}

interface ZoneProps {
  readonly value: string;
  /** Of a form's field. */
  readonly name?: string;
  /** Told each time a value was typed or chosen. */
  readonly onChange?: (event: Event) => void;
  readonly attributes?: FieldAttributes;
}

/** Any zone or offset that the server knows; these are only offered. */
export function ZoneInput({ value, name, onChange, attributes }: ZoneProps) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const list = `zones-${name ?? "upload"}`;
  return (
    <>
      <input
        class="input"
        type="text"
        name={name}
        list={list}
        placeholder="UTC"
        autocomplete="off"
        spellcheck={false}
        maxLength={100}
        // Drawing it anew while somebody types must not take the typing back.
        defaultValue={value}
        onChange={onChange}
        {...attributes}
      />
      <datalist id={list}>
        {zones(own).map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}
