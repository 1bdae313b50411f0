/** What would be understood of a file that is not uploaded yet. */

import { useEffect, useRef } from "preact/hooks";

import { useCell } from "../cell.ts";
import { count, plural } from "../number.ts";
import { usePage } from "../page.ts";
import type { Mismatch, PreviewAnswer } from "../preview.ts";
import { markColumn, visible } from "../text.ts";
import { Icon } from "./icons.tsx";
import { PreviewTable } from "./preview-table.tsx";

const shownAround = 120;

export function PreviewPanel() {
  const { preview } = usePage();
  const shown = useCell(preview.state);
  const heading = useRef<HTMLHeadingElement>(null);
  const file = shown?.file ?? null;
  // On a phone it is below the list of jobs.
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView({ block: "start" });
  }, [file]);
  if (!shown) return null;
  return (
    <section class="card preview" aria-label="Preview" aria-busy={shown.busy}>
      <header class="preview-head">
        <h2 ref={heading} tabIndex={-1} dir="auto">
          Preview of {shown.file.name}
        </h2>
        <button class="icon-button" type="button" aria-label="Close the preview" onClick={() => preview.close()}>
          <Icon name="close" />
        </button>
      </header>
      {shown.problem && (
        <p class="form-error" role="alert">
          {shown.problem}
        </p>
      )}
      {shown.answer ? <Understood answer={shown.answer} /> : shown.busy && <p class="empty">Reading…</p>}
    </section>
  );
}

function Understood({ answer }: { answer: PreviewAnswer }) {
  return (
    <>
      <p class="quiet" data-field="preview_summary">
        {facts(answer).join(" · ")}
      </p>
      {answer.mismatch && <MismatchNote mismatch={answer.mismatch} />}
      {answer.items.length > 0 ? <PreviewTable lines={answer.items} /> : <p class="empty">There is no line in it.</p>}
    </>
  );
}

function facts(answer: PreviewAnswer): string[] {
  const formats = Object.entries(answer.format_counts)
    .sort(([, first], [, second]) => second - first)
    .map(([name, lines]) => `${name} ${count(lines)}`);
  return [
    `First ${plural(answer.lines_read, "line")}${answer.file_name ? ` of ${visible(answer.file_name)}` : ""}`,
    ...formats,
    answer.lines_rejected > 0 ? `${count(answer.lines_rejected)} rejected` : "",
    answer.compression ? `unpacked from ${answer.compression}` : "",
    answer.charset ?? "",
    `times without a zone in ${answer.timezone}`,
  ].filter(Boolean);
}

function MismatchNote({ mismatch }: { mismatch: Mismatch }) {
  const { before, at, after } = markColumn(mismatch.text, mismatch.column, shownAround);
  return (
    <div class="mismatch" role="status">
      <p class="form-error">
        Line {mismatch.line_no} does not match: column {mismatch.column}: expected {visible(mismatch.expected)}
        {mismatch.field && ` for ${mismatch.field}`}
      </p>
      <pre data-field="mismatch">
        {visible(before)}
        <mark class="caret">{at === "" ? "⟨end⟩" : visible(at)}</mark>
        {visible(after)}
      </pre>
    </div>
  );
}
