/** What went wrong, as the server's problem+json says it. */

export interface ProblemDetails {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly request_id?: string;
  readonly retry_after?: number;
  readonly errors?: readonly FieldError[];
  /** The job that the refusal has to do with. */
  readonly job_id?: string;
  /** The jobs of an upload that could not be read whole. */
  readonly jobs?: readonly SentJob[];
}

/** A file of an upload, as the answer to it has it. */
export interface SentJob {
  readonly job_id: string;
  readonly file_name: string;
  readonly status: string;
  /** The content was there already: this is its first job. */
  readonly duplicate?: boolean;
  readonly error_message?: string;
}

export interface FieldError {
  readonly pointer?: string;
  readonly detail: string;
}

export class Problem extends Error {
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly requestId: string | null;
  /** The last part of its type: `duplicate`, `not-found`; "" when it has none. */
  readonly kind: string;
  readonly jobId: string | null;
  readonly jobs: readonly SentJob[];
  readonly errors: readonly FieldError[];
  /** What happened this time, whenever it may be tried again. */
  readonly detail: string;
  /** Seconds to wait before that, where the server names them. */
  readonly retryAfter: number | null;

  constructor(details: ProblemDetails) {
    super(sentence(details));
    this.name = "Problem";
    this.status = details.status ?? 0;
    this.requestId = details.request_id ?? null;
    this.kind = details.type?.split(":").at(-1) ?? "";
    this.jobId = details.job_id ?? null;
    this.jobs = details.jobs ?? [];
    this.errors = details.errors ?? [];
    this.detail = details.detail || details.title || this.message;
    this.retryAfter = details.retry_after ?? null;
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

/** What is wrong with one field, whole sentences or not; `pointers` are JSON pointers of it or of its parts' parent. */
export function errorsAt(problem: Problem | null, ...pointers: readonly string[]): string[] {
  const isThere = ({ pointer = "" }: FieldError) =>
    pointers.some((field) => pointer === field || pointer.startsWith(`${field}/`));
  return (problem?.errors ?? []).filter(isThere).map(({ detail }) => detail);
}

/** What has no place at any of these fields: the whole sentence of it, or null. */
export function errorElsewhere(problem: Problem | null, ...pointers: readonly string[]): string | null {
  if (!problem) return null;
  if (problem.errors.length === 0) return problem.message;
  const told = errorsAt(problem, ...pointers);
  return told.length < problem.errors.length ? problem.message : null;
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
  const { status, title = status === 429 ? "Too many requests" : "Not available now", detail } = details;
  if (details.retry_after) return `${cause(detail) || `${title}.`} Try again in ${details.retry_after} s.`;
  return detail || details.title || `The server answered with status ${status ?? 0}.`;
}

/** What is said of it beside when to try again. */
function cause(detail = ""): string {
  return detail.replace(/\s*Try again[^.]*\.$/, "");
}

/** A whole sentence speaks for itself; a fragment needs the name of its field. */
function fieldSentence({ pointer = "", detail }: FieldError): string {
  if (/^[A-Z].*[.!]$/.test(detail)) return detail;
  const name = pointer.split("/").at(-1) ?? "";
  return `${name ? `${name[0]?.toUpperCase()}${name.slice(1)}: ` : ""}${detail}.`;
}
