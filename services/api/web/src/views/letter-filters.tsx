/** Which dead letters are listed. */

import { useCell } from "../cell.ts";
import { reasonWords, type DeadLetter, type LetterGroup } from "../dead-letter.ts";
import { usePage } from "../page.ts";
import type { LetterFilter } from "../route.ts";
import { Search } from "./search.tsx";

const states: Readonly<Record<string, string>> = {
  "": "Waiting or on the way",
  waiting: "Waiting",
  replaying: "On the way",
  stored: "Stored by a replay",
  discarded: "Discarded",
  all: "All states",
};

interface Props {
  readonly filter: LetterFilter;
  readonly groups: readonly LetterGroup[];
  readonly letters: readonly DeadLetter[];
  readonly onFilter: (change: Partial<LetterFilter>) => void;
}

export function LetterFilters({ filter, groups, letters, onFilter }: Props) {
  const reasons = groups.map(({ reason }) => [reason, reasonWords(reason)] as const);
  return (
    <div class="filters letter-filters">
      <Search
        label="Search reasons, details and file names"
        placeholder="Search"
        value={filter.q}
        onChange={(q) => onFilter({ q })}
      />
      <Choice
        label="Reason"
        value={filter.reason}
        options={[["", "All reasons"], ...withChosen(reasons, filter.reason)]}
        onChange={(reason) => onFilter({ reason })}
      />
      <Choice
        label="State"
        value={filter.state}
        options={withChosen(Object.entries(states), filter.state)}
        onChange={(state) => onFilter({ state })}
      />
      <Choice
        label="Job"
        value={filter.job_id}
        options={[["", "All jobs"], ...withChosen(useJobs(letters), filter.job_id)]}
        onChange={(job_id) => onFilter({ job_id })}
      />
    </div>
  );
}

type Option = readonly [value: string, words: string];

/** What is chosen can be seen even when it would not be offered. */
function withChosen(options: readonly Option[], chosen: string): readonly Option[] {
  const isOffered = chosen === "" || options.some(([value]) => value === chosen);
  return isOffered ? options : [...options, [chosen, chosen]];
}

/** The jobs that have dead letters, as far as they are known here. */
function useJobs(letters: readonly DeadLetter[]): Option[] {
  const { jobs } = useCell(usePage().jobs.list);
  const listed = letters.flatMap(({ job_id, file_name }) => (job_id ? [[job_id, file_name ?? job_id] as const] : []));
  const known = [...jobs.values()].filter((job) => job.lines_dead_lettered > 0);
  return [...new Map([...known.map(({ job_id, file_name }) => [job_id, file_name] as const), ...listed])];
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  const change = (event: Event) => onChange((event.currentTarget as HTMLSelectElement).value);
  return (
    <select class="select" aria-label={label} value={value} onChange={change}>
      {options.map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </select>
  );
}
