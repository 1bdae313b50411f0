/** Text out of a log, made safe and readable to show. Everything here is pure. */

/** Log levels, the most severe first, the last one for lines that name none. */
export const levels = ["fatal", "error", "warn", "info", "debug", "trace", "unknown"] as const;
export type Level = (typeof levels)[number];

/** Control and direction characters would hide or reorder what was logged: they are shown by name. */
export function visible(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)))
    .replace(unseen, named);
}

/** Controls, direction, line separators, and what takes up no room; joiners are left, since scripts need them. */
const unseen =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

function named(char: string): string {
  return `⟨U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** At most `limit` characters, with what is missing said. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit)} … (${(text.length - limit).toLocaleString("en-US")} more characters)`;
}

const cutMarker = / … \[line of [\d,]+ bytes, cut after [\d,]+\]$/;

/** The same for a line that may be shown cut: the marker with its true length stays in sight. */
export function shortenLine(text: string, limit: number): string {
  const marker = cutMarker.exec(text)?.[0] ?? "";
  return shorten(text.slice(0, text.length - marker.length), limit) + marker;
}

export interface Folded {
  readonly shown: string;
  /** Lines that are not shown. */
  readonly hidden: number;
}

/** The first line that is not blank; with a `needle` that only a later line has, that one too. */
export function fold(text: string, needle: string): Folded {
  const lines = text.split("\n");
  const lead = Math.max(
    0,
    lines.findIndex((line) => line.trim() !== ""),
  );
  const first = lines[lead] ?? "";
  const hit = splitHits(first, needle).length > 1 || !needle ? undefined : lines.find((line) => hasHit(line, needle));
  return { shown: hit === undefined ? first : `${first} … ${hit.trim()}`, hidden: lines.length - 1 };
}

function hasHit(text: string, needle: string): boolean {
  return splitHits(text, needle).length > 1;
}

/** `text` cut where `needle` occurs, without regard to case; odd parts are the hits. */
export function splitHits(text: string, needle: string): string[] {
  if (!needle) return [text];
  const escaped = needle.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.split(new RegExp(`(${escaped})`, "giu"));
}

/** A shell command that fetches `url`; the token is the reader's own. */
export function curlCommand(url: string): string {
  return `curl -sS -H "Authorization: Bearer $LOGMILL_TOKEN" '${url.replaceAll("'", "%27")}'`;
}

/** A shell command that uploads a file to the server at `origin`. */
export function uploadCommand(origin: string): string {
  return `curl -sS -H "Authorization: Bearer $LOGMILL_TOKEN" -T access.log -X POST '${origin}/upload?name=access.log'`;
}

/** Where in the input a record is: `5`, or of several lines `5–17`. */
export function lineRange(lineNo: number, lineCount: number): string {
  return lineCount > 1 ? `${lineNo}–${lineNo + lineCount - 1}` : String(lineNo);
}

export interface Marked {
  readonly before: string;
  /** "" behind the end of the text. */
  readonly at: string;
  readonly after: string;
}

/** The character in a column (from 1, in code points) and at most `reach` of them on either side. */
export function markColumn(text: string, column: number, reach: number): Marked {
  const characters = [...text];
  const at = Math.min(Math.max(0, column - 1), characters.length);
  const start = Math.max(0, at - reach);
  const end = at + 1 + reach;
  return {
    before: `${start > 0 ? "…" : ""}${characters.slice(start, at).join("")}`,
    at: characters[at] ?? "",
    after: `${characters.slice(at + 1, end).join("")}${end < characters.length ? "…" : ""}`,
  };
}

export function asLevel(text: string | null | undefined): Level {
  return levels.find((level) => level === text) ?? "unknown";
}
