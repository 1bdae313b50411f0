/** Lines over time, coloured by level. Dragging over it, or Enter on a bar, narrows the lines to that time. */

import type uPlot from "uplot";
import { useEffect, useRef, useState } from "preact/hooks";

import { binName, presentLevels, rfc3339, type ChartPlan, type LevelBins } from "../chart.ts";
import { count } from "../number.ts";
import type { Chart, Report } from "../report.ts";
import type { Level } from "../text.ts";
import { absolute } from "../time.ts";
import { drawChart, pointAt } from "./chart-canvas.ts";

/** Called with RFC 3339 times, `until` exclusive. */
type OnRange = (since: string, until: string) => void;

interface Props {
  readonly report: Report;
  /** More lines will come. */
  readonly running: boolean;
  readonly onRange?: OnRange;
}

export function LevelChart({ report, running, onRange }: Props) {
  const { value, problem } = report.chart;
  return (
    <section class="card chart" aria-label="Lines over time by level">
      <h2>Lines over time</h2>
      {problem && <p class="form-error">The chart could not be read: {problem}</p>}
      {value?.drawing ? (
        <Drawn chart={value.drawing} onRange={onRange} />
      ) : (
        <p class="empty chart-empty">{emptyText(report, running)}</p>
      )}
    </section>
  );
}

/** What stands where the chart will be. */
function emptyText({ stats, chart }: Report, running: boolean): string {
  if (chart.value === null) return chart.problem || stats.problem ? "Nothing to draw." : "Loading…";
  if (running) return "Drawn as soon as lines with a timestamp are stored.";
  return stats.value?.lines_stored ? "No line has a timestamp." : "No lines yet.";
}

function Drawn({ chart, onRange }: { chart: Chart; onRange: OnRange | undefined }) {
  const [hovered, setHovered] = useState<number | null>(null);
  const select = (first: number, last: number) => onRange?.(...range(chart.plan, first, last));
  const { host, point } = useCanvas(chart, setHovered, select);
  const press = (event: KeyboardEvent) => {
    const bin = moved(event.key, hovered, chart.bins.times.length);
    if (bin !== null) point(bin);
    else if (event.key === "Enter" && hovered !== null) select(hovered, hovered);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <Legend chart={chart} bin={hovered} />
      <div class="chart-host" ref={host} tabIndex={0} role="img" aria-label={summary(chart)} onKeyDown={press} />
    </>
  );
}

/** The drawing, again whenever the data, the width or the colours change. */
function useCanvas(
  chart: Chart,
  onHover: (bin: number | null) => void,
  onSelect: (first: number, last: number) => void,
) {
  const host = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | null>(null);
  const latest = useRef(onSelect);
  latest.current = onSelect;
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const draw = () => {
      drawn.current?.destroy();
      const events = { onHover, onSelect: (first: number, last: number) => latest.current(first, last) };
      drawn.current = drawChart(element, chart.plan, chart.bins, events);
    };
    draw();
    return watchLook(element, draw, () => drawn.current?.destroy());
  }, [chart]);
  return { host, point: (bin: number) => drawn.current && pointAt(drawn.current, bin, chart.plan) };
}

function watchLook(element: HTMLElement, redraw: () => void, destroy: () => void): () => void {
  let width = element.clientWidth;
  const onResize = () => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    redraw();
  };
  const resized = new ResizeObserver(onResize);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  resized.observe(element);
  scheme.addEventListener("change", redraw);
  return () => {
    resized.disconnect();
    scheme.removeEventListener("change", redraw);
    destroy();
  };
}

/** One line, always there: the totals, or the bin under the pointer. */
function Legend({ chart, bin }: { chart: Chart; bin: number | null }) {
  const { bins, plan } = chart;
  const start = bin === null ? undefined : bins.times[bin];
  return (
    <p class="legend">
      <span class="legend-time">{start === undefined ? `${binName(plan)} bars` : absolute(rfc3339(start))}</span>
      {presentLevels(bins).map((level) => (
        <span key={level} class="legend-item">
          <i class={`swatch level-${level}`} />
          {level} <b>{count(bin === null ? total(bins, level) : bins.lines[level][bin])}</b>
        </span>
      ))}
    </p>
  );
}

function moved(key: string, from: number | null, bins: number): number | null {
  if (key === "ArrowRight") return Math.min(bins - 1, (from ?? -1) + 1);
  if (key === "ArrowLeft") return Math.max(0, (from ?? bins) - 1);
  return null;
}

function summary({ bins, plan }: Chart): string {
  const parts = presentLevels(bins).map((level) => `${level} ${count(total(bins, level))}`);
  return `Lines by level from ${absolute(rfc3339(plan.from))} to ${absolute(rfc3339(plan.to))}: ${parts.join(", ")}`;
}

function range(plan: ChartPlan, first: number, last: number): [string, string] {
  return [rfc3339(plan.from + first * plan.binSeconds), rfc3339(plan.from + (last + 1) * plan.binSeconds)];
}

function total(bins: LevelBins, level: Level): number {
  return bins.lines[level].reduce((sum, value) => sum + value, 0);
}
