/** What is in the lines: levels, keywords, addresses, paths, status codes, latency, formats, and events of GitHub. */

import type { Stats } from "../api.ts";
import { isAllEvents, runsOf } from "../github.ts";
import type { Counts } from "../job.ts";
import { count, share } from "../number.ts";
import { levels, visible } from "../text.ts";
import { absolute, latency } from "../time.ts";
import { RunsCard } from "./runs-card.tsx";

const mostEntries = 10;

interface Props {
  readonly stats: Stats;
  readonly levelCounts: Counts;
  readonly keywordCounts: Counts;
  readonly uniqueIps: number | null;
  /** No more lines will come. */
  readonly ended: boolean;
  /** Newer sums are on their way. */
  readonly busy: boolean;
}

interface Entry {
  readonly name: string;
  readonly count: number;
  /** Extra class of the bar. */
  readonly look?: string;
}

export function Breakdowns({ stats, levelCounts, keywordCounts, uniqueIps, ended, busy }: Props) {
  const cards = cardsOf(stats, levelCounts, keywordCounts);
  // While lines come in every card keeps its place; in the end only those that say something are left.
  const shown = ended ? cards.filter((card) => card.entries.length > 0) : cards;
  const runs = runsOf(stats);
  return (
    <>
      <Facts stats={stats} uniqueIps={uniqueIps} />
      <section class={ended ? "cards" : "cards cards-live"} aria-label="Breakdown" aria-busy={busy}>
        {shown.map((card) => (
          <Card key={card.field} {...card} />
        ))}
        {runs.length > 0 && <RunsCard runs={runs} />}
      </section>
    </>
  );
}

function cardsOf(stats: Stats, levelCounts: Counts, keywordCounts: Counts): CardProps[] {
  const levels = { title: "Levels", field: "levels", entries: levelEntries(levelCounts) };
  return [...eventCards(stats), levels, ...lineCards(stats, keywordCounts)];
}

/** None where there is no event. */
function eventCards(stats: Stats): CardProps[] {
  const events = sorted(stats.event_distribution);
  const whole = events.reduce((sum, { count }) => sum + count, 0);
  const repositories = stats.top_repositories.map(({ repository, count }) => ({ name: repository, count }));
  const senders = stats.top_senders.map(({ sender, count }) => ({ name: sender, count }));
  const cards = [
    { title: "Events", field: "events", entries: events, whole, mono: true },
    { title: "Repositories", field: "repositories", entries: repositories, whole },
    { title: "Senders", field: "senders", entries: senders, whole },
  ];
  return cards.filter((card) => card.entries.length > 0);
}

function lineCards(stats: Stats, keywordCounts: Counts): CardProps[] {
  const whole = stats.lines_read;
  const ips = stats.top_ips.map(({ ip, count }) => ({ name: ip, count }));
  const paths = stats.top_paths.map(({ path, count }) => ({ name: path, count }));
  return [
    { title: "Status codes", field: "status_codes", entries: statusEntries(stats.status_distribution) },
    { title: "Keywords", field: "keywords", entries: sorted(stats.keyword_frequency, keywordCounts), whole },
    { title: "Top IPs", field: "top_ips", entries: ips, whole, mono: true },
    // An event's address is that of what it is about: nobody asked for it here.
    { title: "Top paths", field: "top_paths", entries: isAllEvents(stats) ? [] : paths, whole, mono: true },
    { title: "Formats", field: "formats", entries: sorted(stats.format_counts) },
  ];
}

function Facts({ stats, uniqueIps }: { stats: Stats; uniqueIps: number | null }) {
  const { p50, p90, p99 } = stats.latency_ms;
  const isOfLines = !isAllEvents(stats);
  return (
    <dl class="card facts" aria-label="Facts">
      <Fact name="First line" field="first_timestamp" value={absolute(stats.first_timestamp)} />
      <Fact name="Last line" field="last_timestamp" value={absolute(stats.last_timestamp)} />
      {isOfLines && <Fact name="Unique IPs" field="unique_ips" value={count(uniqueIps)} />}
      {isOfLines && (
        <Fact
          name="Latency p50 / p90 / p99"
          field="latency"
          value={p50 === null ? latency(null) : [p50, p90, p99].map(latency).join(" / ")}
        />
      )}
    </dl>
  );
}

function Fact({ name, field, value }: { name: string; field: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-field={field}>{value}</dd>
    </div>
  );
}

interface CardProps {
  readonly title: string;
  readonly field: string;
  readonly entries: readonly Entry[];
  /** What the shares are of; the sum of the entries where it is not given. */
  readonly whole?: number;
  readonly mono?: boolean;
}

function Card({ title, field, entries, whole, mono = false }: CardProps) {
  const total = whole ?? entries.reduce((sum, entry) => sum + entry.count, 0);
  const most = Math.max(1, ...entries.map((entry) => entry.count));
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      {entries.length === 0 && <p class="empty">None so far.</p>}
      <ol class="entries" data-field={field}>
        {entries.slice(0, mostEntries).map((entry) => (
          <EntryRow key={entry.name} entry={entry} total={total} most={most} mono={mono} />
        ))}
      </ol>
    </section>
  );
}

function EntryRow({ entry, total, most, mono }: { entry: Entry; total: number; most: number; mono: boolean }) {
  return (
    <li class={`entry ${entry.look ?? ""}`} data-name={entry.name} data-count={entry.count}>
      <span class="entry-bar" style={{ transform: `scaleX(${entry.count / most})` }} />
      <span class={mono ? "entry-name mono" : "entry-name"} title={entry.name}>
        {visible(entry.name)}
      </span>
      <span class="entry-count">{count(entry.count)}</span>
      <span class="entry-share">{share(entry.count, total)}</span>
    </li>
  );
}

function levelEntries(counts: Counts): Entry[] {
  const occurring = levels.filter((level) => (counts[level] ?? 0) > 0);
  return occurring.map((level) => ({ name: level, count: counts[level] ?? 0, look: `level-${level}` }));
}

function statusEntries(counts: Counts): Entry[] {
  return sorted(counts).map((entry) => ({ ...entry, look: `status-${entry.name.charAt(0)}` }));
}

/** Most frequent first; the later of several sources wins. */
function sorted(...sources: readonly Counts[]): Entry[] {
  const counts = Object.entries(Object.assign({}, ...sources) as Counts);
  return counts
    .map(([name, count]) => ({ name, count }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}
