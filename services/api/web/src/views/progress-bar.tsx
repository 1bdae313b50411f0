import { clampPercent } from "../number.ts";

interface Props {
  readonly label: string;
  /** 0 to 100; null while nobody knows. */
  readonly percent: number | null;
  readonly tone: "busy" | "good" | "warn" | "bad" | "quiet";
}

/** A bar that keeps its height whatever it shows. */
export function ProgressBar({ label, percent, tone }: Props) {
  const known = percent === null ? null : clampPercent(percent);
  const now = known === null ? {} : { "aria-valuenow": Math.floor(known) };
  const fill = known === null ? {} : { transform: `scaleX(${known / 100})` };
  return (
    <div
      class={`bar tone-${tone}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...now}
    >
      <div class={known === null ? "bar-fill bar-unknown" : "bar-fill"} style={fill} />
    </div>
  );
}
