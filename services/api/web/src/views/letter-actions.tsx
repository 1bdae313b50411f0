import { isSettled, isWaiting, type DeadLetter } from "../dead-letter.ts";
import { usePage } from "../page.ts";
import { LetterRepair } from "./letter-repair.tsx";

interface Props {
  readonly letter: DeadLetter;
  /** Something was done with it. */
  readonly onChange: () => void;
}

export function LetterActions({ letter, onChange }: Props) {
  const { api } = usePage();
  const { dead_letter_id: letterId, line_count: lines } = letter;
  return (
    <div class="actions">
      <LetterRepair
        what=""
        named="this dead letter"
        lines={lines}
        canReplay={!isSettled(letter)}
        canDiscard={isWaiting(letter)}
        replay={() => api.replayLetter(letterId)}
        discard={() => api.discardLetter(letterId)}
        onChange={onChange}
      />
    </div>
  );
}
