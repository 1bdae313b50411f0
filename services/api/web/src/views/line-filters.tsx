import type { Stats } from "../api.ts";
import type { Job } from "../job.ts";
import { count } from "../number.ts";
import { noFilter, type LineFilter } from "../route.ts";
import { levels } from "../text.ts";
import { absolute } from "../time.ts";
import { Icon } from "./icons.tsx";
import { Search } from "./search.tsx";

interface Props {
  readonly job: Job;
  readonly stats: Stats | null;
  readonly filter: LineFilter;
  readonly onFilter: (change: Partial<LineFilter>) => void;
}

export function LineFilters({ job, stats, filter, onFilter }: Props) {
  const counts = stats?.level_distribution ?? {};
  const chosen = filter.level ? filter.level.split(",") : [];
  const offered = levels.filter((level) => (counts[level] ?? 0) > 0 || chosen.includes(level));
  const toggle = (level: string) => onFilter({ level: toggled(chosen, level).join(","), reason: "" });
  const isAll = filter.level === "" && filter.reason === "";
  return (
    <div class="filters">
      <Search
        label="Search the lines' text"
        placeholder="Search the text"
        value={filter.q}
        onChange={(q) => onFilter({ q })}
      />
      <div class="chips" role="group" aria-label="Filter lines">
        <Chip text="all" on={isAll} onClick={() => onFilter({ level: "", reason: "" })} />
        {offered.map((level) => (
          <Chip
            key={level}
            text={level}
            look={`level-${level}`}
            count={counts[level] ?? 0}
            on={chosen.includes(level)}
            onClick={() => toggle(level)}
          />
        ))}
        <Chip
          text="rejected"
          look="rejected"
          count={job.lines_rejected}
          on={filter.reason !== ""}
          onClick={() => onFilter({ ...noFilter, q: filter.q, reason: "any" })}
        />
        {filter.since && <TimeChip filter={filter} onClear={() => onFilter({ since: "", until: "" })} />}
      </div>
    </div>
  );
}

function toggled(chosen: readonly string[], level: string): string[] {
  return chosen.includes(level) ? chosen.filter((one) => one !== level) : [...chosen, level];
}

interface ChipProps {
  readonly text: string;
  readonly on: boolean;
  readonly onClick: () => void;
  readonly count?: number;
  readonly look?: string;
}

function Chip({ text, on, onClick, count: value, look }: ChipProps) {
  return (
    <button class="chip" type="button" aria-pressed={on} onClick={onClick}>
      {look && <i class={`swatch ${look}`} />}
      {text}
      {value !== undefined && <b>{count(value)}</b>}
    </button>
  );
}

function TimeChip({ filter, onClear }: { filter: LineFilter; onClear: () => void }) {
  const text = `${absolute(filter.since).replace(" UTC", "")} to ${absolute(filter.until)}`;
  return (
    <button class="chip chip-time" type="button" title="Show all times" onClick={onClear}>
      {text}
      <Icon name="close" />
    </button>
  );
}
