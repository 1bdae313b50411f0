/** One line; opened, it shows every field and its original text. All of it is text, never markup. */

import { useState } from "preact/hooks";

import type { Line } from "../api.ts";
import { plural } from "../number.ts";
import { asLevel, shorten, splitHits, visible } from "../text.ts";
import { absolute, precise } from "../time.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";

const shownInRow = 600;
const shownOpen = 50_000;
const longValue = 60;

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
  const label = `Line ${line.line_no}, details`;
  return (
    <button class="line-no" type="button" aria-expanded={isOpen} aria-label={label} onClick={stopAnd(toggle)}>
      <Icon name="chevron" />
      {line.line_no}
    </button>
  );
}

function Text({ line, needle }: { line: Line; needle: string }) {
  return (
    <span role="cell" class="line-text">
      {line.reason && <b class="tag reason">{line.reason}</b>}
      {line.line_count > 1 && <span class="tag quiet">{plural(line.line_count, "line")}</span>}
      <Marked text={shorten(visible(line.message ?? line.raw), shownInRow)} needle={needle} />
    </span>
  );
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
  return (
    <div class="line-details" role="row">
      <div role="cell">
        <dl class="fields">
          {fields(line).map(([name, value]) => (
            <div key={name} class={value.length > longValue ? "field-wide" : ""}>
              <dt>{name}</dt>
              <dd>{shorten(visible(value), shownOpen)}</dd>
            </div>
          ))}
        </dl>
        <h3>Original text</h3>
        <pre data-field="raw">{shorten(visible(line.raw), shownOpen)}</pre>
        <CopyButton label="Copy line" text={line.raw} hint="The line as it was received" />
      </div>
    </div>
  );
}

/** All that is set, the attributes under names of their own. */
function fields(line: Line): Array<[string, string]> {
  const { raw: _, attrs, ...rest } = line;
  const named = Object.entries(attrs ?? {}).map(([name, value]) => [`attrs.${name}`, value] as const);
  const set = [...Object.entries(rest), ...named].filter(([, value]) => value !== null && value !== undefined);
  return set.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
}
