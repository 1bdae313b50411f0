/** A job recounted from its rows, as the API answers it. Everything here is pure. */

import { count, unknown } from "./number.ts";

type Found = number | string | boolean | null;

export interface Check {
  readonly name: string;
  readonly expected: Found;
  readonly found: Found;
  readonly ok: boolean;
  readonly detail: string | null;
}

export interface Verification {
  readonly job_id: string;
  readonly status: string;
  readonly adds_up: boolean;
  readonly checks: readonly Check[];
}

/** `records_of_lines` → `Records of lines`; anything that is not a name stays as it is. */
export function checkName(name: string): string {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) return name;
  return `${name[0]?.toUpperCase()}${name.slice(1).replaceAll("_", " ")}`;
}

export function foundText(value: Found): string {
  if (typeof value === "number") return count(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value ?? unknown;
}
