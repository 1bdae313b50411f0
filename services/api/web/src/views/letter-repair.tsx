/** The two things that can be done about dead letters, one or many: both say which, and discarding asks first. */

import { useState } from "preact/hooks";

import { plural } from "../number.ts";
import { usePage } from "../page.ts";
import type { Replay } from "../replay.ts";
import { useAttempt } from "./attempt.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { focusContent } from "./content-focus.ts";
import { Icon } from "./icons.tsx";

interface Props {
  /** On the buttons after their verb; empty where it is clear which. */
  readonly what: string;
  /** In the question. */
  readonly named: string;
  readonly lines: number;
  readonly canReplay: boolean;
  readonly canDiscard: boolean;
  readonly replay: () => Promise<Replay>;
  readonly discard: () => Promise<unknown>;
  /** Something was done. */
  readonly onChange: () => void;
}

export function LetterRepair({ what, named, lines, canReplay, canDiscard, replay, discard, onChange }: Props) {
  const { replays } = usePage();
  const [isAsking, setAsking] = useState(false);
  const [problem, attempt] = useAttempt();
  return (
    <>
      {canReplay && (
        <button class="button" type="button" onClick={() => attempt(replays.follow(replay()).finally(onChange))}>
          <Icon name="retry" />
          {`Replay ${what}`.trim()}
        </button>
      )}
      {canDiscard && (
        <button class="button danger" type="button" onClick={() => setAsking(true)}>
          <Icon name="trash" />
          {`Discard ${what}`.trim()}
        </button>
      )}
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
      {isAsking && (
        <Question
          named={named}
          lines={lines}
          discard={() => discard().then(onChange).then(focusContent)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

interface QuestionProps extends Pick<Props, "named" | "lines"> {
  readonly discard: () => Promise<unknown>;
  readonly onClose: () => void;
}

function Question({ named, lines, discard, onClose }: QuestionProps) {
  return (
    <ConfirmDialog title={`Discard ${named}?`} action="Discard for good" onConfirm={discard} onClose={onClose}>
      <p>
        The bytes of {plural(lines, "line")} are deleted and can never be replayed. They go on counting as
        dead-lettered.
      </p>
    </ConfirmDialog>
  );
}
