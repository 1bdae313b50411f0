/** What the server was taught by this user: formats and keywords. */

import { useEffect, useState } from "preact/hooks";

import type { UserFormat } from "../api.ts";
import { useCell } from "../cell.ts";
import { usePage } from "../page.ts";
import { asProblem } from "../problem.ts";
import { FormatForm } from "./format-form.tsx";
import { FormatList } from "./format-list.tsx";
import { Icon } from "./icons.tsx";
import { KeywordsForm } from "./keywords-form.tsx";

export function SettingsView() {
  useEffect(() => {
    document.title = "Formats and keywords – logmill";
  }, []);
  return (
    <>
      <a class="back" href="#/">
        <Icon name="back" />
        All jobs
      </a>
      <header class="job-head">
        <h1>Formats and keywords</h1>
        <p class="job-meta">They hold for the uploads to come.</p>
      </header>
      <OwnFormats />
      <KeywordsForm />
    </>
  );
}

function OwnFormats() {
  const { formats } = usePage();
  const list = useCell(formats.list);
  const [changing, setChanging] = useState<UserFormat | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    formats.load().catch((error: unknown) => setProblem(asProblem(error).message));
  }, []);
  return (
    <>
      <section class="card settings" aria-label="Formats of your own">
        <h2>Formats of your own</h2>
        <p class="quiet">
          For lines that no built-in format reads: a regular expression whose named groups are the fields, or a grok
          pattern. Choose it under the options of an upload.
        </p>
        {problem && (
          <p class="form-error" role="alert">
            {problem}
          </p>
        )}
        {list && <FormatList formats={list.items} onChange={setChanging} />}
      </section>
      <FormatForm key={changing?.name ?? ""} changing={changing} onDone={() => setChanging(null)} />
    </>
  );
}
