/** How the files of an upload are to be read, where that is not left to the server. Everything here is pure. */

export interface UploadOptions {
  /** A format's name, or "" to detect it. */
  readonly format: string;
  /** Of times that name none: an IANA zone or an offset, or "" for UTC. */
  readonly timezone: string;
  /** Or "" to detect it. */
  readonly charset: string;
}

export const noOptions: UploadOptions = { format: "", timezone: "", charset: "" };

/** Charsets that logs are found in; the server knows more. */
export const charsets = [
  "utf-8",
  "utf-16",
  "windows-1252",
  "iso-8859-1",
  "iso-8859-2",
  "iso-8859-15",
  "windows-1250",
  "windows-1251",
  "koi8-r",
  "shift_jis",
  "euc-jp",
  "gb18030",
  "big5",
  "euc-kr",
  "cp437",
  "cp850",
] as const;

/** Zones to choose from, the reader's own first. */
export function zones(own: string): string[] {
  const usual = ["UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Tokyo"];
  return [...new Set([own, ...usual, "+02:00"])].filter(Boolean);
}

/** Those that are set, in words, for where the form is folded away: `json, Europe/Berlin`; "" for none. */
export function summary(options: UploadOptions): string {
  return [options.format, options.timezone, options.charset].filter(Boolean).join(", ");
}

/** What the upload and the preview of a file say about it. */
export function fileQuery(file: File, options: UploadOptions): Record<string, string> {
  const set = Object.entries(options).filter(([, value]) => value !== "");
  return { modified: new Date(file.lastModified).toISOString(), ...Object.fromEntries(set) };
}
