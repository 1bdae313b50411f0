/** What the URL's hash says is shown: all jobs, one job and the filter of its lines, or the settings. */

export interface LineFilter {
  /** Levels separated by commas, or "" for all. */
  readonly level: string;
  readonly q: string;
  /** "any", a reason's name, or "" for stored and rejected lines alike. */
  readonly reason: string;
  readonly since: string;
  readonly until: string;
}

export interface Route {
  readonly jobId: string | null;
  readonly filter: LineFilter;
  readonly settings?: true;
}

export const noFilter: LineFilter = { level: "", q: "", reason: "", since: "", until: "" };

export const settingsRoute: Route = { jobId: null, filter: noFilter, settings: true };

/** `#/jobs/ID?level=error` → the job and its filter; `#/settings`; anything else is the list. */
export function parseRoute(hash: string): Route {
  if (hash === "#/settings") return settingsRoute;
  const match = /^#\/jobs\/([0-9a-fA-F-]{36})(?:\?(.*))?$/.exec(hash);
  if (!match) return { jobId: null, filter: noFilter };
  const query = new URLSearchParams(match[2] ?? "");
  const filter = Object.fromEntries(filterKeys().map((key) => [key, query.get(key) ?? ""]));
  return { jobId: match[1] ?? null, filter: { ...noFilter, ...filter } };
}

/** The inverse of {@link parseRoute}. */
export function formatRoute(route: Route): string {
  if (!route.jobId) return route.settings ? "#/settings" : "#/";
  const query = filterQuery(route.filter).toString();
  return `#/jobs/${route.jobId}${query ? `?${query}` : ""}`;
}

/** The filter's set fields as query parameters, as the API takes them. */
export function filterQuery(filter: LineFilter): URLSearchParams {
  return new URLSearchParams(filterKeys().flatMap((key) => (filter[key] ? [[key, filter[key]]] : [])));
}

export function isFiltered(filter: LineFilter): boolean {
  return filterKeys().some((key) => filter[key] !== "");
}

function filterKeys(): Array<keyof LineFilter> {
  return Object.keys(noFilter) as Array<keyof LineFilter>;
}
