/** One record; one of several lines is folded to its first. Opened, it shows every field and its original text. All of it is text, never markup. */

import { useState } from "preact/hooks";

import type { Line } from "../api.ts";
import { bytes, count, plural } from "../number.ts";
import { asLevel, fold, lineRange, shortenLine, splitHits, visible } from "../text.ts";
import { absolute, precise } from "../time.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";

const shownInRow = 600;
const shownOfCut = 160;
const shownOpen = 50_000;
const longValue = 60;
/** What is longer and has parts is folded. */
const foldedValue = 400;

export function LineRow({ line, needle }: { line: Line; needle: string }) {
  const [isOpen, setOpen] = useState(false);
  const look = line.reason ? "rejected" : `level-${asLevel(line.level)}`;
  const toggle = () => setOpen(!isOpen);
  // Selecting a part of the text is not asking for its details.
  const toggleUnlessSelecting = () => getSelection()?.isCollapsed !== false && toggle();
  return (
    <>
      <div class={`line ${look}`} role="row" data-line={line.line_no} onClick={toggleUnlessSelecting}>
        <span role="cell">
          <LineButton line={line} isOpen={isOpen} toggle={toggle} />
        </span>
        <time role="cell" class="line-time" title={line.logged_at ? absolute(line.logged_at) : "No timestamp"}>
          {precise(line.logged_at)}
        </time>
        <span role="cell" class="line-level">
          {line.reason ? "rejected" : asLevel(line.level)}
        </span>
        <Text line={line} needle={needle} />
      </div>
      {isOpen && <Details line={line} />}
    </>
  );
}

function LineButton({ line, isOpen, toggle }: { line: Line; isOpen: boolean; toggle: () => void }) {
  const range = lineRange(line.line_no, line.line_count);
  const label = `${line.line_count > 1 ? "Lines" : "Line"} ${range}, details`;
  return (
    <button class="line-no" type="button" aria-expanded={isOpen} aria-label={label} onClick={stopAnd(toggle)}>
      <Icon name="chevron" />
      {range}
    </button>
  );
}

function Text({ line, needle }: { line: Line; needle: string }) {
  const { shown, hidden } = fold(line.message ?? line.raw, needle);
  const more = line.line_count > 1 ? line.line_count - 1 : hidden;
  const cut = trueLength(line);
  return (
    <span role="cell" class="line-text" dir="auto">
      {line.reason && <b class="tag reason">{line.reason}</b>}
      {cut !== null && <span class="tag cut">{bytes(cut)} long, cut</span>}
      <Marked text={shortenLine(visible(shown), cut === null ? shownInRow : shownOfCut)} needle={needle} />
      {more > 0 && <span class="more quiet">+{plural(more, "line")}</span>}
    </span>
  );
}

/** In bytes, of a line that is shown cut; else null. */
function trueLength({ attrs }: Line): number | null {
  const length = attrs?.["truncated"] === true ? attrs["line_bytes"] : null;
  return typeof length === "number" ? length : null;
}

function stopAnd(action: () => void): (event: Event) => void {
  return (event) => {
    event.stopPropagation();
    action();
  };
}

function Marked({ text, needle }: { text: string; needle: string }) {
  return (
    <>{splitHits(text, needle).map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part))}</>
  );
}

function Details({ line }: { line: Line }) {
  const cut = trueLength(line);
  return (
    <div class="line-details" role="row">
      <div role="cell">
        {cut !== null && (
          <p class="hint">This line is {count(cut)} bytes long and shown cut; the raw export has all of it.</p>
        )}
        <dl class="fields">
          {fields(line).map(([name, value]) => (
            <Field key={name} name={name} value={value} />
          ))}
        </dl>
        <h3>Original text</h3>
        <pre data-field="raw" dir="auto">
          {shortenLine(visible(line.raw), shownOpen)}
        </pre>
        <CopyButton label="Copy line" text={line.raw} hint="The line as it was received" />
      </div>
    </div>
  );
}

function Field({ name, value }: { name: string; value: unknown }) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return (
    <div class={text.length > longValue ? "field-wide" : ""}>
      <dt>{name}</dt>
      <dd dir="auto">
        {typeof value === "object" && text.length > foldedValue ? (
          <Folded value={value} />
        ) : (
          shortenLine(visible(text), shownOpen)
        )}
      </dd>
    </div>
  );
}

/** A value of many parts, one a line once it is unfolded. */
function Folded({ value }: { value: object | null }) {
  return (
    <details>
      <summary>{plural(Object.keys(value ?? {}).length, Array.isArray(value) ? "item" : "field")}</summary>
      <div data-field="unfolded">{shortenLine(visible(JSON.stringify(value, null, 2)), shownOpen)}</div>
    </details>
  );
}

/** All that is set, the attributes under names of their own. */
function fields(line: Line): Array<readonly [string, unknown]> {
  const { raw: _, attrs, ...rest } = line;
  const named = Object.entries(attrs ?? {}).map(([name, value]) => [`attrs.${name}`, value] as const);
  return [...Object.entries(rest), ...named].filter(([, value]) => value !== null && value !== undefined);
}
