/** What can be done with all dead letters that pass the filter; each says how many that are. */

import { useState } from "preact/hooks";

import type { LetterList } from "../dead-letters.ts";
import { plural } from "../number.ts";
import { usePage } from "../page.ts";
import type { LetterFilter } from "../route.ts";
import { useAttempt } from "./attempt.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { focusContent } from "./content-focus.ts";
import { Icon } from "./icons.tsx";

interface Props {
  readonly list: LetterList;
  readonly filter: LetterFilter;
  /** Something was done with them. */
  readonly onChange: () => void;
}

export function LetterBulkActions({ list: { waiting }, filter, onChange }: Props) {
  const { api, replays } = usePage();
  const [isAsking, setAsking] = useState(false);
  const [problem, attempt] = useAttempt();
  const letters = plural(waiting.letters, "dead letter");
  const discard = async () => {
    await api.discardLetters(filter);
    onChange();
    focusContent();
  };
  return (
    <div class="bulk">
      {waiting.letters > 0 && (
        <>
          <button
            class="button"
            type="button"
            onClick={() => attempt(replays.follow(api.replayLetters(filter)).finally(onChange))}
          >
            <Icon name="retry" />
            Replay {letters}
          </button>
          <button class="button danger" type="button" onClick={() => setAsking(true)}>
            <Icon name="trash" />
            Discard {letters}
          </button>
          <span class="quiet">{plural(waiting.lines, "line")}</span>
        </>
      )}
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
      {isAsking && (
        <ConfirmDialog
          title={`Discard ${letters}?`}
          action="Discard for good"
          onConfirm={discard}
          onClose={() => setAsking(false)}
        >
          <p>
            The bytes of {plural(waiting.lines, "line")} are deleted and can never be replayed. They go on counting as
            dead-lettered.
          </p>
        </ConfirmDialog>
      )}
    </div>
  );
}
