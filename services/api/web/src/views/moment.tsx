import { useCell } from "../cell.ts";
import { usePage } from "../page.ts";
import { absolute, relative } from "../time.ts";

/** How long ago, with the time itself on hover; `lead` says what was then. */
export function Moment({ at, lead = "" }: { at: string | null; lead?: string }) {
  const now = useCell(usePage().now);
  if (!at) return null;
  return (
    <time dateTime={at} title={absolute(at)}>
      {lead}
      {relative(at, now)}
    </time>
  );
}
