/** Replays: how far they are, and what came of them. */

import { useCell } from "../cell.ts";
import { usePage } from "../page.ts";
import { replayPercent, replaySentence, replayTone, type Replay } from "../replay.ts";
import { useAttempt } from "./attempt.ts";
import { Icon } from "./icons.tsx";
import { ProgressBar } from "./progress-bar.tsx";

const icons = { busy: "retry", good: "check", warn: "warning", quiet: "cancelled" } as const;

/** Those that `isWanted` of the ones this page follows. */
export function ReplayCards({ isWanted }: { isWanted: (replay: Replay) => boolean }) {
  const shown = useCell(usePage().replays.list).filter(isWanted);
  return (
    <>
      {shown.map((replay) => (
        <ReplayCard key={replay.replay_id} replay={replay} />
      ))}
    </>
  );
}

function ReplayCard({ replay }: { replay: Replay }) {
  const { replays } = usePage();
  const [problem, attempt] = useAttempt();
  const isRunning = replay.status === "running";
  const sentence = replaySentence(replay);
  const tone = replayTone(replay);
  return (
    <section class="card replay" aria-label="Replay" data-replay={replay.replay_id} data-status={replay.status}>
      <p class={`replay-told tone-${tone}`}>
        <Icon name={icons[tone]} />
        <span data-field="replay">{sentence}</span>
      </p>
      {isRunning ? (
        <button class="button" type="button" onClick={() => attempt(replays.cancel(replay.replay_id))}>
          <Icon name="cancelled" />
          Cancel the replay
        </button>
      ) : (
        <button
          class="icon-button"
          type="button"
          aria-label="Dismiss"
          onClick={() => replays.dismiss(replay.replay_id)}
        >
          <Icon name="close" />
        </button>
      )}
      <ProgressBar label="Progress of the replay" percent={replayPercent(replay)} tone={tone} />
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
      <p class="sr-only" role="status">
        {isRunning ? "" : sentence}
      </p>
    </section>
  );
}
