/** uPlot, set up for stacked bars of levels: the one place that knows the library. */

import uPlot from "uplot";

import { presentLevels, spansCenturies, stack, yearMarks, type ChartPlan, type LevelBins } from "../chart.ts";
import { shortCount } from "../number.ts";
import type { Level } from "../text.ts";

const height = 190;
/** Pixels between the marks of the time axis, at least. */
const markSpace = 72;

export interface ChartEvents {
  /** The bin under the pointer, null outside. */
  onHover(bin: number | null): void;
  /** A range of bins was dragged over; `last` is included. */
  onSelect(first: number, last: number): void;
}

/** 24-hour times; the day below them where it changes. Rows: step, format, formats at a new year, day, minute. */
const day = "\n{YYYY}-{MM}-{DD}";
const timeFormats: uPlot.Axis.Values = [
  [31_536_000, "{YYYY}", null, null, null, null, null, null, 1],
  [2_419_200, "{YYYY}-{MM}", null, null, null, null, null, null, 1],
  [86_400, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", day, null, day, null, null, null, 1],
];

/** Draws the bins into `host`; the caller destroys the chart. */
export function drawChart(host: HTMLElement, plan: ChartPlan, bins: LevelBins, events: ChartEvents): uPlot {
  // The most severe at the bottom, where their heights can be compared.
  const order = presentLevels(bins);
  // Bars are drawn over one another: the tallest, which holds all others, first.
  const series = [...order].reverse();
  const data = [bins.times, ...stack(bins, order).reverse()] as uPlot.AlignedData;
  const style = getComputedStyle(host);
  return new uPlot(
    { ...frame(host, plan, style), series: [{}, ...series.map((level) => bars(level, style))], ...wiring(events) },
    data,
    host,
  );
}

/** Moves the pointer's line to a bin, as the keyboard does. */
export function pointAt(chart: uPlot, bin: number, plan: ChartPlan): void {
  const middle = plan.from + (bin + 0.5) * plan.binSeconds;
  chart.setCursor({ left: chart.valToPos(middle, "x"), top: 10 });
}

function frame(host: HTMLElement, plan: ChartPlan, style: CSSStyleDeclaration) {
  const ink = { stroke: style.getPropertyValue("--quiet"), font: `11px ${style.fontFamily}` };
  const lines = { stroke: style.getPropertyValue("--line"), width: 1 };
  return {
    width: host.clientWidth,
    height,
    tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    legend: { show: false },
    padding: [8, 20, 0, 0] as uPlot.Padding,
    scales: { x: { range: () => [plan.from, plan.to] as uPlot.Range.MinMax }, y: { range: fromZero } },
    axes: [
      {
        ...ink,
        grid: { show: false },
        ticks: { ...lines, size: 4 },
        size: 34,
        space: markSpace,
        ...timeMarks(host, plan),
      },
      {
        ...ink,
        grid: lines,
        ticks: { show: false },
        size: 46,
        values: (_: uPlot, ticks: number[]) => ticks.map(wholeTick),
      },
    ],
  };
}

/** The library's calendar ends at steps of a century, and takes year 50 for 1950. */
function timeMarks(host: HTMLElement, plan: ChartPlan): uPlot.Axis {
  if (!spansCenturies(plan)) return { values: timeFormats };
  const marks = yearMarks(plan, Math.max(1, host.clientWidth / markSpace));
  return {
    incrs: [plan.to - plan.from],
    splits: () => marks,
    values: (_: uPlot, shown: number[]) => shown.map((seconds) => String(new Date(seconds * 1000).getUTCFullYear())),
  };
}

function fromZero(_: uPlot, __: number, most: number): uPlot.Range.MinMax {
  return [0, Math.max(1, most * 1.05)];
}

function wholeTick(value: number): string {
  return Number.isInteger(value) ? shortCount(value) : "";
}

function bars(level: Level, style: CSSStyleDeclaration): uPlot.Series {
  const fill = style.getPropertyValue(`--level-${level}`);
  const paths = uPlot.paths.bars?.({ size: [0.86, 60], align: 1 });
  return { fill, width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
}

function wiring(events: ChartEvents) {
  return {
    // The bin under the pointer is the one that starts at or before it, not the nearest start.
    cursor: {
      y: false,
      points: { show: false },
      drag: { setScale: false, x: true, y: false },
      dataIdx: (chart: uPlot) => binUnder(chart) ?? 0,
    },
    hooks: {
      setCursor: [(chart: uPlot) => events.onHover(binUnder(chart))],
      setSelect: [(chart: uPlot) => select(chart, events)],
    },
  };
}

function binUnder(chart: uPlot): number | null {
  const left = chart.cursor.left ?? -1;
  return left < 0 ? null : binAt(chart, left);
}

function binAt(chart: uPlot, left: number): number {
  const times = chart.data[0];
  const [from, to] = [chart.scales["x"]?.min ?? 0, chart.scales["x"]?.max ?? 1];
  const bin = Math.floor(((chart.posToVal(left, "x") - from) / (to - from)) * times.length);
  return Math.min(times.length - 1, Math.max(0, bin));
}

function select(chart: uPlot, events: ChartEvents): void {
  const { left, width } = chart.select;
  if (width < 3) return;
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  events.onSelect(binAt(chart, left), binAt(chart, left + width));
}
