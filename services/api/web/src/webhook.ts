/** Webhooks as the API describes them: secrets, and what was delivered. Everything here is pure. */

import { noFilter, type Route } from "./route.ts";

/** What deliveries are signed with; the secret itself is told only once. */
export interface WebhookSecret {
  /** null for one of the server's configuration. */
  readonly webhook_secret_id: string | null;
  readonly name: string;
  /** Its last characters. */
  readonly hint: string;
  readonly source: "account" | "configuration";
  /** Under the server's address; has it told which secret to try. */
  readonly payload_path: string;
  readonly created_at: string | null;
  readonly last_used_at: string | null;
}

/** One that was just added. */
export interface NewWebhookSecret extends WebhookSecret {
  readonly secret: string;
}

export interface Delivery {
  readonly delivery_id: string;
  readonly event: string;
  readonly action: string | null;
  /** A repository, or what else its events came from. */
  readonly repository: string;
  readonly job_id: string;
  /** The first of its lines in the job. */
  readonly line_no: number;
  readonly received_at: string;
  /** "waiting": kept, and not in the broker's queue yet. */
  readonly state: "queued" | "waiting";
}

/** Where deliveries are taken in, whatever they are signed with. */
export const payloadPath = "/webhook/github";

/** Offered to choose from; any other event is taken in as well. */
const usualEvents = [
  "branch_protection_rule",
  "check_run",
  "check_suite",
  "code_scanning_alert",
  "commit_comment",
  "create",
  "delete",
  "dependabot_alert",
  "deployment",
  "deployment_status",
  "fork",
  "issue_comment",
  "issues",
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "pull_request_review_thread",
  "push",
  "release",
  "repository",
  "repository_advisory",
  "repository_vulnerability_alert",
  "secret_scanning_alert",
  "security_advisory",
  "star",
  "status",
  "watch",
  "workflow_job",
  "workflow_run",
];

/** The usual events and the ones seen, each once, by name. */
export function eventChoices(deliveries: readonly Delivery[], chosen: string): string[] {
  const seen = deliveries.map(({ event }) => event);
  return [...new Set([...usualEvents, ...seen, chosen])].filter(Boolean).sort();
}

/** `pull_request · opened`. */
export function eventWords({ event, action }: Delivery): string {
  return action === null ? event : `${event} · ${action}`;
}

const aroundMs = 60_000;

/** Shows the delivery's lines: they name it as JSON does, and the time narrows the search for them. */
export function linesRoute({ delivery_id, job_id, received_at }: Delivery): Route {
  const moment = Date.parse(received_at);
  const at = (shift: number) => new Date(moment + shift).toISOString();
  const time = Number.isNaN(moment) ? {} : { since: at(-aroundMs), until: at(aroundMs) };
  const written = JSON.stringify(delivery_id).slice(1, -1);
  return { jobId: job_id, filter: { ...noFilter, q: written, ...time } };
}

/** Why GitHub would not reach this address, or not as it should; null when nothing speaks against it. */
export function addressWarning({ protocol, hostname }: Pick<URL, "protocol" | "hostname">): string | null {
  if (isPrivate(hostname))
    return "GitHub cannot reach this address: use the one under which this server is seen from outside, with https.";
  if (protocol !== "https:") return "Over http the payloads can be read on their way: use https.";
  return null;
}

/** Of this machine, or of a network of one's own. */
function isPrivate(hostname: string): boolean {
  if (!/[.:]/.test(hostname) || /\.(local|localhost|internal)$/.test(hostname)) return true;
  const [first, second = 0] = /^[\d.]+$/.test(hostname) ? hostname.split(".").map(Number) : [];
  if (/^\[(::1?\]|f[cd]|fe[89ab])/.test(hostname)) return true;
  return privateNetworks.some(([net, from, to]) => first === net && second >= from && second <= to);
}

/** First number, then the range of the second. */
const privateNetworks = [
  [0, 0, 255],
  [10, 0, 255],
  [100, 64, 127],
  [127, 0, 255],
  [169, 254, 254],
  [172, 16, 31],
  [192, 168, 168],
] as const;
