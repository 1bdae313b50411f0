/** Text out of a log, made safe and readable to show. Everything here is pure. */

/** Log levels, the most severe first, the last one for lines that name none. */
export const levels = ["fatal", "error", "warn", "info", "debug", "trace", "unknown"] as const;
export type Level = (typeof levels)[number];

/** Control and direction characters would hide or reorder what was logged: they are shown by name. */
export function visible(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)))
    .replace(/[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, named);
}

function named(char: string): string {
  return `⟨U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** At most `limit` characters, with what is missing said. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit)} … (${(text.length - limit).toLocaleString("en-US")} more characters)`;
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

export function asLevel(text: string | null | undefined): Level {
  return levels.find((level) => level === text) ?? "unknown";
}
