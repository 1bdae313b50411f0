/** The HTTP interface of the suite, one method a route. */

import type { DeadLetter, LetterDetails, LetterGroup } from "./dead-letter.ts";
import type { Percentiles } from "./github.ts";
import type { Counts, JobRecord } from "./job.ts";
import type { PreviewAnswer } from "./preview.ts";
import { Problem, problemFrom, type ProblemDetails } from "./problem.ts";
import type { Replay } from "./replay.ts";
import { filterQuery, isFiltered, type LetterFilter } from "./route.ts";
import type { Verification } from "./verification.ts";
import type { Delivery, NewWebhookSecret, WebhookSecret } from "./webhook.ts";

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export interface User {
  readonly user_id: string;
  readonly email: string;
  /** Sees the dead letters of everybody. */
  readonly is_operator?: boolean;
}

export interface Stats {
  readonly lines_read: number;
  readonly lines_stored: number;
  readonly lines_rejected: number;
  readonly lines_dead_lettered: number;
  readonly level_distribution: Counts;
  readonly keyword_frequency: Counts;
  readonly unique_ips: number;
  readonly top_ips: ReadonlyArray<{ readonly ip: string; readonly count: number }>;
  readonly status_distribution: Counts;
  readonly top_paths: ReadonlyArray<{ readonly path: string; readonly count: number }>;
  readonly latency_ms: Percentiles;
  readonly first_timestamp: string | null;
  readonly last_timestamp: string | null;
  readonly format_counts: Counts;
  /** Of records in the format `github`, as what follows. */
  readonly event_distribution: Counts;
  readonly top_repositories: ReadonlyArray<{ readonly repository: string; readonly count: number }>;
  readonly top_senders: ReadonlyArray<{ readonly sender: string; readonly count: number }>;
  readonly ci_outcomes: Readonly<Record<string, Counts>>;
  readonly ci_duration_ms: Readonly<Record<string, Percentiles>>;
}

/** A stored line, or with a `reason` a rejected one. */
export interface Line {
  readonly line_no: number;
  readonly line_count: number;
  readonly logged_at: string | null;
  readonly level: string | null;
  readonly message: string | null;
  readonly logger: string | null;
  readonly raw: string;
  readonly format: string;
  readonly reason?: string | null;
  readonly attrs?: Readonly<Record<string, unknown>> | null;
  readonly [field: string]: unknown;
}

export interface RollupRow {
  readonly bucket: string;
  readonly group: string;
  readonly lines: number;
}

/** What a format of the user's own is; exactly one of `pattern` and `grok` is given. */
export interface FormatDefinition {
  readonly pattern?: string;
  readonly grok?: string;
  readonly sample: string;
  readonly timezone: string | null;
}

/** A format of the user's own; of a grok pattern, `pattern` is what it comes to. */
export interface UserFormat {
  readonly name: string;
  readonly pattern: string;
  readonly grok: string | null;
  readonly sample: string;
  readonly timezone: string | null;
}

/** One that was just kept, and what it made of its sample. */
export interface TriedFormat extends UserFormat {
  readonly preview: readonly Line[];
}

export interface FormatPage extends Page<UserFormat> {
  readonly built_in: readonly string[];
}

export interface Keywords {
  readonly keywords: readonly string[];
  readonly is_default: boolean;
}

export interface QueueState {
  readonly ready: number | null;
  readonly unacked: number | null;
  readonly consumers: number | null;
  readonly publish_rate: number | null;
  readonly deliver_rate: number | null;
}

export interface QueueStatus {
  readonly queues: Readonly<Record<string, QueueState>>;
  readonly dlq_depth: number | null;
  readonly available: boolean;
}

export type Query = Readonly<Record<string, string | number | null | undefined>> | URLSearchParams;

export class Api {
  /** `onSignedOut` is called whenever the server no longer knows who asks. */
  constructor(private readonly onSignedOut: () => void) {}

  me(): Promise<User> {
    return this.#send("GET", "/auth/me");
  }

  register(email: string, password: string): Promise<User> {
    return this.#send("POST", "/auth/register", { email, password });
  }

  login(email: string, password: string): Promise<unknown> {
    return this.#send("POST", "/auth/login", { email, password });
  }

  logout(): Promise<unknown> {
    return this.#send("POST", "/auth/logout");
  }

  jobs(query: { status: string; cursor: string | null; limit: number }): Promise<Page<JobRecord>> {
    return this.#send("GET", withQuery("/api/jobs", query));
  }

  job(jobId: string): Promise<JobRecord> {
    return this.#send("GET", `/api/jobs/${jobId}`);
  }

  cancel(jobId: string): Promise<unknown> {
    return this.#send("POST", `/api/jobs/${jobId}/cancel`);
  }

  remove(jobId: string): Promise<unknown> {
    return this.#send("DELETE", `/api/jobs/${jobId}`);
  }

  /** Replays the job's dead letters. */
  retry(jobId: string): Promise<Replay> {
    return this.#send("POST", `/api/jobs/${jobId}/retry`);
  }

  /** Recounts the job from its rows. */
  verify(jobId: string, signal: AbortSignal): Promise<Verification> {
    return this.#send("GET", `/api/jobs/${jobId}/verify`, undefined, signal);
  }

  /** Whether a file would be taken in now; throws the Problem it would be refused with. */
  askToUpload(): Promise<unknown> {
    return this.#send("HEAD", "/upload");
  }

  lines(jobId: string, query: URLSearchParams, signal: AbortSignal): Promise<Page<Line>> {
    return this.#send("GET", withQuery(`/api/jobs/${jobId}/lines`, query), undefined, signal);
  }

  /** Of one job, or of all the user's jobs together. */
  stats(jobId: string | null, signal: AbortSignal): Promise<Stats> {
    return this.#send("GET", jobId ? `/api/stats/${jobId}` : "/api/stats", undefined, signal);
  }

  rollups(query: Query, signal: AbortSignal): Promise<Page<RollupRow>> {
    return this.#send("GET", withQuery("/api/rollups", query), undefined, signal);
  }

  /** What the first lines of `head`, the first bytes of a file, would become. */
  preview(head: ArrayBuffer, query: Query, signal: AbortSignal): Promise<PreviewAnswer> {
    return this.#send("POST", withQuery("/api/preview", query), head, signal);
  }

  formats(): Promise<FormatPage> {
    return this.#send("GET", "/api/formats");
  }

  addFormat(name: string, definition: FormatDefinition): Promise<TriedFormat> {
    return this.#send("POST", "/api/formats", { name, ...definition });
  }

  replaceFormat(name: string, definition: FormatDefinition): Promise<TriedFormat> {
    return this.#send("PUT", `/api/formats/${encodeURIComponent(name)}`, definition);
  }

  removeFormat(name: string): Promise<unknown> {
    return this.#send("DELETE", `/api/formats/${encodeURIComponent(name)}`);
  }

  keywords(): Promise<Keywords> {
    return this.#send("GET", "/api/keywords");
  }

  saveKeywords(keywords: readonly string[]): Promise<Keywords> {
    return this.#send("PUT", "/api/keywords", { keywords });
  }

  /** The usual ones again. */
  resetKeywords(): Promise<unknown> {
    return this.#send("DELETE", "/api/keywords");
  }

  deadLetters(
    filter: LetterFilter,
    page: { limit: number; cursor: string | null },
    signal: AbortSignal,
  ): Promise<Page<DeadLetter>> {
    return this.#send("GET", withQuery("/api/dead-letters", { ...filter, ...page }), undefined, signal);
  }

  /** The number stands still at some thousands. */
  waitingLetters(): Promise<{ waiting: number }> {
    return this.#send("GET", "/api/dead-letters/count");
  }

  letterGroups(filter: LetterFilter, signal?: AbortSignal): Promise<Page<LetterGroup>> {
    return this.#send("GET", withQuery("/api/dead-letters/groups", filterQuery(filter)), undefined, signal);
  }

  deadLetter(letterId: string, signal: AbortSignal): Promise<LetterDetails> {
    return this.#send("GET", `/api/dead-letters/${letterId}`, undefined, signal);
  }

  replayLetter(letterId: string): Promise<Replay> {
    return this.#send("POST", `/api/dead-letters/${letterId}/replay`);
  }

  /** All that pass. */
  replayLetters(filter: LetterFilter): Promise<Replay> {
    return this.#send("POST", withQuery("/api/dead-letters/replay", filterQuery(filter)));
  }

  discardLetter(letterId: string): Promise<unknown> {
    return this.#send("DELETE", `/api/dead-letters/${letterId}`);
  }

  /** All that wait of those that pass. */
  discardLetters(filter: LetterFilter): Promise<unknown> {
    const chosen = { ...filter, state: "" };
    const query = isFiltered(chosen) ? filterQuery(chosen) : { all: "true" };
    return this.#send("DELETE", withQuery("/api/dead-letters", query));
  }

  /** The latest first. */
  replays(limit: number): Promise<Page<Replay>> {
    return this.#send("GET", withQuery("/api/replays", { limit }));
  }

  replay(replayId: string): Promise<Replay> {
    return this.#send("GET", `/api/replays/${replayId}`);
  }

  cancelReplay(replayId: string): Promise<Replay> {
    return this.#send("POST", `/api/replays/${replayId}/cancel`);
  }

  webhookSecrets(): Promise<Page<WebhookSecret>> {
    return this.#send("GET", "/api/webhook-secrets");
  }

  /** Without a secret the server makes one. */
  addWebhookSecret(secret: { name: string; secret?: string }): Promise<NewWebhookSecret> {
    return this.#send("POST", "/api/webhook-secrets", secret);
  }

  removeWebhookSecret(secretId: string): Promise<unknown> {
    return this.#send("DELETE", `/api/webhook-secrets/${secretId}`);
  }

  /** The latest first. */
  webhookDeliveries(query: Query, signal: AbortSignal): Promise<Page<Delivery>> {
    return this.#send("GET", withQuery("/api/webhook-deliveries", query), undefined, signal);
  }

  queueStatus(): Promise<QueueStatus> {
    return this.#send("GET", "/api/queue-status");
  }

  /** The routes this server has, as `DELETE /api/jobs/{}`; empty when it does not say. */
  async routes(): Promise<ReadonlySet<string>> {
    try {
      const { paths } = await this.#send<{ paths: Record<string, object> }>("GET", "/openapi.json");
      return new Set(Object.entries(paths).flatMap(([path, methods]) => routeNames(path, methods)));
    } catch {
      return new Set();
    }
  }

  async #send<T>(method: string, url: string, body?: object, signal?: AbortSignal): Promise<T> {
    const bytes = body instanceof ArrayBuffer ? body : null;
    const answer = await fetch(url, {
      method,
      headers: body ? { "Content-Type": bytes ? "application/octet-stream" : "application/json" } : {},
      body: bytes ?? (body ? JSON.stringify(body) : null),
      signal: signal ?? null,
    }).catch(unreachable);
    const text = await answer.text().catch(unreachable);
    if (answer.ok) return (text ? JSON.parse(text) : null) as T;
    if (answer.status === 401 && !url.startsWith("/auth/")) this.onSignedOut();
    throw new Problem(problemFrom(answer.status, text, answer.headers.get("Retry-After")));
  }
}

function routeNames(path: string, methods: object): string[] {
  const shape = path.replace(/\{[^}]*\}/g, "{}");
  return Object.keys(methods).map((method) => `${method.toUpperCase()} ${shape}`);
}

function withQuery(path: string, query: Query): string {
  const given = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const set = given.flatMap(([key, value]) => (value == null || value === "" ? [] : [[key, String(value)]]));
  return set.length > 0 ? `${path}?${new URLSearchParams(set)}` : path;
}

function unreachable(error: unknown): never {
  if (error instanceof DOMException && error.name === "AbortError") throw error;
  const offline: ProblemDetails = { title: "No connection", detail: "The server cannot be reached. Is it running?" };
  throw new Problem({ ...offline, status: 0 });
}
