import { useState } from "preact/hooks";

import { isSettled, isWaiting, type DeadLetter } from "../dead-letter.ts";
import { plural } from "../number.ts";
import { usePage } from "../page.ts";
import { useAttempt } from "./attempt.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { focusContent } from "./content-focus.ts";
import { Icon } from "./icons.tsx";

interface Props {
  readonly letter: DeadLetter;
  /** Something was done with it. */
  readonly onChange: () => void;
}

export function LetterActions({ letter, onChange }: Props) {
  const { api, replays } = usePage();
  const [isAsking, setAsking] = useState(false);
  const [problem, attempt] = useAttempt();
  const { dead_letter_id: letterId } = letter;
  const discard = async () => {
    await api.discardLetter(letterId);
    onChange();
    focusContent();
  };
  return (
    <div class="actions">
      {!isSettled(letter) && (
        <button
          class="button"
          type="button"
          onClick={() => attempt(replays.follow(api.replayLetter(letterId)).finally(onChange))}
        >
          <Icon name="retry" />
          Replay
        </button>
      )}
      {isWaiting(letter) && (
        <button class="button danger" type="button" onClick={() => setAsking(true)}>
          <Icon name="trash" />
          Discard
        </button>
      )}
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
      {isAsking && (
        <ConfirmDialog
          title="Discard this dead letter?"
          action="Discard for good"
          onConfirm={discard}
          onClose={() => setAsking(false)}
        >
          <p>
            The bytes of {plural(letter.line_count, "line")} are deleted and can never be replayed. They go on counting
            as dead-lettered.
          </p>
        </ConfirmDialog>
      )}
    </div>
  );
}
