/** What the URL's hash says is shown: all jobs, one job and the filter of its lines, dead letters, webhooks, or the settings. */

export interface LineFilter {
  /** Levels separated by commas, or "" for all. */
  readonly level: string;
  readonly q: string;
  /** "any", a reason's name, or "" for stored and rejected lines alike. */
  readonly reason: string;
  readonly since: string;
  readonly until: string;
}

export interface LetterFilter {
  readonly reason: string;
  /** States separated by commas, "all", or "" for those that are not over: waiting and replaying. */
  readonly state: string;
  readonly job_id: string;
  readonly q: string;
}

/** Of the page of dead letters: which are listed, and which one is open. */
export interface LettersShown {
  readonly filter: LetterFilter;
  readonly letterId: string | null;
}

/** Of the page of webhooks: which deliveries are listed. */
export interface DeliveryFilter {
  /** "" for all. */
  readonly event: string;
}

type Filter = LineFilter | LetterFilter | DeliveryFilter;

export interface Route {
  readonly jobId: string | null;
  readonly filter: LineFilter;
  readonly settings?: true;
  readonly letters?: LettersShown;
  readonly webhooks?: DeliveryFilter;
}

export const noFilter: LineFilter = { level: "", q: "", reason: "", since: "", until: "" };

export const noLetterFilter: LetterFilter = { reason: "", state: "", job_id: "", q: "" };

export const noDeliveryFilter: DeliveryFilter = { event: "" };

export const settingsRoute: Route = { jobId: null, filter: noFilter, settings: true };

export function lettersRoute(filter: Partial<LetterFilter> = {}, letterId: string | null = null): Route {
  return { jobId: null, filter: noFilter, letters: { filter: { ...noLetterFilter, ...filter }, letterId } };
}

export function webhooksRoute(webhooks: DeliveryFilter = noDeliveryFilter): Route {
  return { jobId: null, filter: noFilter, webhooks };
}

const id = "[0-9a-fA-F-]{36}";
const jobHash = new RegExp(`^#/jobs/(${id})(?:\\?(.*))?$`);
const webhooksHash = /^#\/webhooks(?:\?(.*))?$/;
const lettersHash = new RegExp(`^#/dead-letters(?:/(${id}))?(?:\\?(.*))?$`);

/** `#/jobs/ID?level=error`, `#/dead-letters/ID?reason=bad_checksum`, `#/webhooks`, `#/settings`; else the list. */
export function parseRoute(hash: string): Route {
  if (hash === "#/settings") return settingsRoute;
  const webhooks = webhooksHash.exec(hash);
  if (webhooks) return webhooksRoute(readFilter(noDeliveryFilter, webhooks[1]));
  const letters = lettersHash.exec(hash);
  if (letters) return lettersRoute(readFilter(noLetterFilter, letters[2]), letters[1] ?? null);
  const job = jobHash.exec(hash);
  return { jobId: job?.[1] ?? null, filter: job ? readFilter(noFilter, job[2]) : noFilter };
}

/** The inverse of {@link parseRoute}. */
export function formatRoute(route: Route): string {
  const query = filterQuery(route.letters?.filter ?? route.webhooks ?? route.filter).toString();
  return `${place(route)}${query ? `?${query}` : ""}`;
}

/** Where it is, whatever the filter. */
export function place({ jobId, settings, letters, webhooks }: Route): string {
  if (webhooks) return "#/webhooks";
  if (letters) return letters.letterId ? `#/dead-letters/${letters.letterId}` : "#/dead-letters";
  if (jobId) return `#/jobs/${jobId}`;
  return settings ? "#/settings" : "#/";
}

/** The filter's set fields as query parameters, as the API takes them. */
export function filterQuery(filter: Filter): URLSearchParams {
  return new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ""));
}

export function isFiltered(filter: Filter): boolean {
  return Object.values(filter).some((value) => value !== "");
}

/** A filter with the fields of `empty` as the query has them. */
function readFilter<T extends Filter>(empty: T, text: string | undefined): T {
  const query = new URLSearchParams(text ?? "");
  return { ...empty, ...Object.fromEntries(Object.keys(empty).map((key) => [key, query.get(key) ?? ""])) };
}
