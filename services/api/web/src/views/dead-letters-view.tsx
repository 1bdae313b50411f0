/** Dead letters: by reason, one by one, and what can be done about them. */

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";

import { useCell } from "../cell.ts";
import type { DeadLetter } from "../dead-letter.ts";
import { DeadLetters, noLetters, type LetterList } from "../dead-letters.ts";
import { plural } from "../number.ts";
import { goTo, usePage } from "../page.ts";
import {
  filterQuery,
  isFiltered,
  lettersRoute,
  noLetterFilter,
  type LetterFilter,
  type LettersShown,
} from "../route.ts";
import { Icon } from "./icons.tsx";
import { LetterBulkActions } from "./letter-bulk-actions.tsx";
import { LetterDetails } from "./letter-details.tsx";
import { LetterFilters } from "./letter-filters.tsx";
import { LetterGroups } from "./letter-groups.tsx";
import { LetterRow, LetterTitles } from "./letter-row.tsx";
import { ReplayCards } from "./replay-cards.tsx";

export function DeadLettersView({ shown: { filter, letterId } }: { shown: LettersShown }) {
  const page = usePage();
  const tick = useLettersTick();
  const letters = useLetters(filter, tick);
  const list = useCell(letters.list);
  const filterBy = (change: Partial<LetterFilter>) => goTo(page, lettersRoute({ ...filter, ...change }));
  const open = (id: string | null) => goTo(page, lettersRoute(filter, id));
  const refresh = () => {
    void letters.refresh();
    void page.waitingLetters.refresh();
  };
  const panel = { list, filter, letterId, tick, onOpen: open, onFilter: filterBy, onChange: refresh };
  useEffect(() => {
    document.title = "Dead letters – logmill";
  }, []);
  return (
    <>
      <a class="back" href="#/">
        <Icon name="back" />
        All jobs
      </a>
      <Head />
      <ReplayCards isWanted={() => true} />
      <LetterGroups groups={list.groups} chosen={filter.reason} onChoose={(reason) => filterBy({ reason })} />
      <Panel {...panel} onMore={() => void letters.more()} />
    </>
  );
}

function Head() {
  const session = useCell(usePage().session.state);
  const isOperator = session.kind === "in" && session.user.is_operator === true;
  return (
    <header class="job-head">
      <h1>Dead letters</h1>
      <p class="job-meta">
        Line batches that could not be stored, kept whole.
        {isOperator && " You see those of all users, and those that belong to no job."}
      </p>
    </header>
  );
}

/** Changes when letters may have come, gone or changed. */
function useLettersTick(): string {
  const { waitingLetters, replays } = usePage();
  const waiting = useCell(waitingLetters.count);
  const moved = useCell(replays.list).map(({ status, stored, dead_again }) => `${status[0]}${stored}+${dead_again}`);
  return `${waiting}/${moved.join(",")}`;
}

function useLetters(filter: LetterFilter, tick: string): DeadLetters {
  const { api } = usePage();
  const before = useRef(noLetters);
  const letters = useMemo(() => new DeadLetters(api, filter, before.current), [filterQuery(filter).toString()]);
  before.current = letters.list.get();
  useEffect(() => () => letters.close(), [letters]);
  useEffect(() => void letters.refresh(), [letters, tick]);
  return letters;
}

interface PanelProps {
  readonly list: LetterList;
  readonly filter: LetterFilter;
  readonly letterId: string | null;
  readonly tick: string;
  readonly onOpen: (letterId: string | null) => void;
  readonly onFilter: (change: Partial<LetterFilter>) => void;
  readonly onChange: () => void;
  readonly onMore: () => void;
}

function Panel(props: PanelProps) {
  const { list, filter, onFilter, onChange } = props;
  return (
    <section class="card lines" aria-label="List of dead letters">
      <header class="lines-head">
        <LetterFilters filter={filter} groups={list.groups} letters={list.items} onFilter={onFilter} />
        <LetterBulkActions list={list} filter={filter} onChange={onChange} />
      </header>
      {list.problem && (
        <p class="form-error" role="alert">
          {list.problem}
        </p>
      )}
      <Table {...props} />
      <Foot {...props} />
    </section>
  );
}

/** The open one has its place in the list, or above it when the filter leaves it out. */
function Table({ list, letterId, tick, onOpen, onChange }: PanelProps) {
  const details = letterId && <LetterDetails key={letterId} letterId={letterId} tick={tick} onChange={onChange} />;
  const isListed = list.items.some((letter) => letter.dead_letter_id === letterId);
  return (
    <>
      {details && !isListed && list.isRead && <Alone onClose={() => onOpen(null)}>{details}</Alone>}
      {list.items.length > 0 && (
        <div role="table" aria-label="Dead letters" aria-busy={list.state === "loading"}>
          <LetterTitles />
          {list.items.map((letter) => (
            <Entry key={letter.dead_letter_id} letter={letter} openId={letterId} onOpen={onOpen} details={details} />
          ))}
        </div>
      )}
    </>
  );
}

interface EntryProps {
  readonly letter: DeadLetter;
  readonly openId: string | null;
  readonly onOpen: (letterId: string | null) => void;
  readonly details: ComponentChildren;
}

function Entry({ letter, openId, onOpen, details }: EntryProps) {
  const isOpen = letter.dead_letter_id === openId;
  return (
    <div role="rowgroup">
      <LetterRow letter={letter} isOpen={isOpen} onToggle={() => onOpen(isOpen ? null : letter.dead_letter_id)} />
      {isOpen && (
        <div role="row">
          <div role="cell">{details}</div>
        </div>
      )}
    </div>
  );
}

function Alone({ onClose, children }: { onClose: () => void; children: ComponentChildren }) {
  return (
    <div class="letter-alone">
      <button class="button small" type="button" onClick={onClose}>
        <Icon name="close" />
        Close
      </button>
      {children}
    </div>
  );
}

function Foot({ list, filter, onFilter, onMore }: PanelProps) {
  if (list.items.length === 0) return <Empty list={list} filter={filter} onFilter={onFilter} />;
  return (
    <footer class="lines-foot">
      <span class="quiet">{plural(list.items.length, "dead letter")} shown</span>
      {list.nextCursor && (
        <button class="button" type="button" disabled={list.state === "loading"} onClick={onMore}>
          {list.state === "loading" ? "Loading…" : "Load more"}
        </button>
      )}
    </footer>
  );
}

function Empty({ list, filter, onFilter }: Pick<PanelProps, "list" | "filter" | "onFilter">) {
  if (list.state === "failed") return null;
  if (!list.isRead) return <p class="empty">Loading…</p>;
  if (isFiltered(filter))
    return (
      <p class="empty">
        No dead letter passes the filter.{" "}
        <button class="link" type="button" onClick={() => onFilter(noLetterFilter)}>
          Show those that wait
        </button>
      </p>
    );
  return (
    <p class="empty">
      No dead letters: every line batch found its place. One that cannot be stored would be kept here, with its bytes,
      the reason and every attempt, and could be replayed.
    </p>
  );
}
