/** What can be done with all dead letters that pass the filter; each says how many that are. */

import type { LetterList } from "../dead-letters.ts";
import { plural } from "../number.ts";
import { usePage } from "../page.ts";
import type { LetterFilter } from "../route.ts";
import { LetterRepair } from "./letter-repair.tsx";

interface Props {
  readonly list: LetterList;
  readonly filter: LetterFilter;
  /** Something was done with them. */
  readonly onChange: () => void;
}

export function LetterBulkActions({ list: { waiting }, filter, onChange }: Props) {
  const { api } = usePage();
  const letters = plural(waiting.letters, "dead letter");
  const some = waiting.letters > 0;
  return (
    <div class="bulk">
      <LetterRepair
        what={letters}
        named={letters}
        lines={waiting.lines}
        canReplay={some}
        canDiscard={some}
        replay={() => api.replayLetters(filter)}
        discard={() => api.discardLetters(filter)}
        onChange={onChange}
      />
      {some && <span class="quiet">{plural(waiting.lines, "line")}</span>}
    </div>
  );
}
