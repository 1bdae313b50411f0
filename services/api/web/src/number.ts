/** Numbers as people read them. Everything here is pure. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const byteUnits = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Text for a number nobody knows yet. */
export const unknown = "–";

/** `12345` → `12,345`; null → `–`. */
export function count(value: number | null | undefined): string {
  return value == null || !Number.isFinite(value) ? unknown : whole.format(value);
}

/** Short form for chart axes: `12345` → `12.3k`. */
export function shortCount(value: number): string {
  const units = ["", "k", "M", "G"];
  const { scaled, index } = scale(value, units.length);
  return `${index === 0 ? whole.format(scaled) : significant(scaled)}${units[index]}`;
}

/** Decimal units: `1536000` → `1.54 MB`. */
export function bytes(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return unknown;
  const { scaled, index } = scale(value, byteUnits.length);
  return `${index === 0 ? whole.format(scaled) : significant(scaled)} ${byteUnits[index]}`;
}

/** Whole percent, rounded down so that 100 is only ever shown for all of it. */
export function percent(value: number | null | undefined): string {
  return value == null ? unknown : `${Math.floor(clampPercent(value))}%`;
}

/** Part of a total: `3 of 1000` → `0.3%`, a trace of something → `<0.1%`. */
export function share(part: number, total: number): string {
  if (total <= 0 || part <= 0) return "0%";
  const value = (part / total) * 100;
  if (value < 0.1) return "<0.1%";
  return `${value >= 99.95 && part < total ? ">99.9" : trimZero(value.toFixed(1))}%`;
}

export function clampPercent(value: number): number {
  return Math.min(100, Math.max(0, value));
}

/** `count` with its noun: `1 line`, `2 lines`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

function scale(value: number, units: number): { scaled: number; index: number } {
  let scaled = value;
  let index = 0;
  while (Math.abs(scaled) >= 999.5 && index < units - 1) {
    scaled /= 1000;
    index += 1;
  }
  return { scaled, index };
}

function significant(value: number): string {
  const digits = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return trimZero(value.toFixed(digits));
}

function trimZero(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
