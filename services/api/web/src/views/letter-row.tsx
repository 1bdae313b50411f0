/** One dead letter of the list. */

import { reasonWords, type DeadLetter, type LetterState } from "../dead-letter.ts";
import { count } from "../number.ts";
import { formatRoute, noFilter } from "../route.ts";
import { lineRange, visible } from "../text.ts";
import { Icon, type IconName } from "./icons.tsx";
import { Moment } from "./moment.tsx";

interface Look {
  readonly word: string;
  readonly icon: IconName;
  readonly tone: "warn" | "busy" | "good" | "quiet";
}

const looks: Readonly<Record<LetterState, Look>> = {
  waiting: { word: "Waiting", icon: "waiting", tone: "warn" },
  replaying: { word: "Being replayed", icon: "retry", tone: "busy" },
  stored: { word: "Stored", icon: "check", tone: "good" },
  discarded: { word: "Discarded", icon: "trash", tone: "quiet" },
};

interface Props {
  readonly letter: DeadLetter;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

export function LetterRow({ letter, isOpen, onToggle }: Props) {
  const where = letter.first_line === null ? "" : `, ${letter.line_count > 1 ? "lines" : "line"} ${linesOf(letter)}`;
  return (
    <div class="letter" role="row" data-letter={letter.dead_letter_id} data-state={letter.state}>
      <span role="cell" class="letter-state">
        <State state={letter.state} />
      </span>
      <span role="cell" class="letter-reason">
        <button
          class="link"
          type="button"
          aria-expanded={isOpen}
          aria-label={`${reasonWords(letter.reason)}${where}, details`}
          onClick={onToggle}
        >
          <Icon name="chevron" />
          {visible(reasonWords(letter.reason))}
        </button>
      </span>
      <span role="cell" class="letter-file" dir="auto">
        <FileLink letter={letter} />
      </span>
      <span role="cell" class="numeric" data-title="Lines" title={letter.first_line === null ? "" : linesOf(letter)}>
        {count(letter.line_count)}
      </span>
      <span role="cell" class="numeric" data-title="Attempts">
        {count(letter.attempts)}
      </span>
      <span role="cell" class="letter-time">
        <Moment at={letter.dead_lettered_at} />
      </span>
    </div>
  );
}

export function LetterTitles() {
  return (
    <div class="letter letter-titles" role="row">
      {["State", "Reason", "File", "Lines", "Attempts", "Time"].map((title) => (
        <span key={title} role="columnheader">
          {title}
        </span>
      ))}
    </div>
  );
}

/** Where in its file they are: `101–200`. */
export function linesOf({ first_line, line_count }: DeadLetter): string {
  return first_line === null ? "" : lineRange(first_line, line_count);
}

export function State({ state }: { state: LetterState }) {
  const look = looks[state];
  return (
    <span class={`badge tone-${look.tone}`} data-field="letter_state" data-state={state}>
      <Icon name={look.icon} />
      {look.word}
    </span>
  );
}

export function FileLink({ letter: { job_id, file_name } }: { letter: DeadLetter }) {
  if (job_id === null) return <span class="quiet">no job</span>;
  return (
    <a href={formatRoute({ jobId: job_id, filter: noFilter })} title={file_name ?? job_id}>
      {visible(file_name ?? job_id)}
    </a>
  );
}
