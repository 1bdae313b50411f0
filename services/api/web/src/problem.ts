/** What went wrong, as the server's problem+json says it. */

export interface ProblemDetails {
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly request_id?: string;
  readonly retry_after?: number;
  readonly errors?: readonly FieldError[];
}

interface FieldError {
  readonly pointer?: string;
  readonly detail: string;
}

export class Problem extends Error {
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly requestId: string | null;

  constructor(details: ProblemDetails) {
    super(sentence(details));
    this.name = "Problem";
    this.status = details.status ?? 0;
    this.requestId = details.request_id ?? null;
  }
}

/** Reads an error answer's body; anything that is not problem+json keeps its status at least. */
export function problemFrom(status: number, body: string, retryAfter: string | null): ProblemDetails {
  const wait = Number(retryAfter) > 0 ? { retry_after: Number(retryAfter) } : {};
  return { ...wait, ...parse(body), status };
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem({ detail: String(error) });
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function parse(body: string): ProblemDetails {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function sentence(details: ProblemDetails): string {
  const fields = (details.errors ?? []).map(fieldSentence);
  if (fields.length > 0) return fields.join(" ");
  const { title, detail, retry_after: wait } = details;
  if (wait) return `${title ?? "Too many requests"}. Try again in ${wait} s.`;
  return detail || title || `The server answered with status ${details.status ?? 0}.`;
}

/** A whole sentence speaks for itself; a fragment needs the name of its field. */
function fieldSentence({ pointer = "", detail }: FieldError): string {
  if (/^[A-Z].*[.!]$/.test(detail)) return detail;
  const name = pointer.split("/").at(-1) ?? "";
  return `${name ? `${name[0]?.toUpperCase()}${name.slice(1)}: ` : ""}${detail}.`;
}
