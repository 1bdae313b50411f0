import { useCell } from "../cell.ts";
import { usePage } from "../page.ts";
import { absolute, relative } from "../time.ts";

/** How long ago, with the time itself on hover. */
export function Moment({ at }: { at: string | null }) {
  const now = useCell(usePage().now);
  if (!at) return null;
  return (
    <time dateTime={at} title={absolute(at)}>
      {relative(at, now)}
    </time>
  );
}
