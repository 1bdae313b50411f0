/** Dead letters by reason; a reason is chosen by its row. */

import { reasonWords, type LetterGroup } from "../dead-letter.ts";
import { count } from "../number.ts";
import { visible } from "../text.ts";
import { Moment } from "./moment.tsx";

interface Props {
  readonly groups: readonly LetterGroup[];
  readonly chosen: string;
  /** "" takes the choice back. */
  readonly onChoose: (reason: string) => void;
}

export function LetterGroups({ groups, chosen, onChoose }: Props) {
  if (groups.length === 0) return null;
  return (
    <div class="groups" role="table" aria-label="By reason">
      <div class="group group-titles" role="row">
        {["Reason", "Letters", "Lines", "Jobs", "First", "Last"].map((title) => (
          <span key={title} role="columnheader">
            {title}
          </span>
        ))}
      </div>
      {groups.map((group) => (
        <Group key={group.reason} group={group} isChosen={group.reason === chosen} onChoose={onChoose} />
      ))}
    </div>
  );
}

interface GroupProps {
  readonly group: LetterGroup;
  readonly isChosen: boolean;
  readonly onChoose: (reason: string) => void;
}

function Group({ group, isChosen, onChoose }: GroupProps) {
  const { reason, detail } = group;
  return (
    <div class={isChosen ? "group group-chosen" : "group"} role="row" data-group={reason}>
      <span role="cell" class="group-reason">
        <button class="link" type="button" aria-pressed={isChosen} onClick={() => onChoose(isChosen ? "" : reason)}>
          {visible(reasonWords(reason))}
        </button>
        {detail && (
          <span class="quiet small clamp" dir="auto">
            {visible(detail)}
          </span>
        )}
      </span>
      <Number name="Letters" value={group.letters} />
      <Number name="Lines" value={group.lines} />
      <Number name="Jobs" value={group.jobs} />
      <span role="cell" data-title="First">
        <Moment at={group.first_at} />
      </span>
      <span role="cell" data-title="Last">
        <Moment at={group.last_at} />
      </span>
    </div>
  );
}

function Number({ name, value }: { name: string; value: number }) {
  return (
    <span role="cell" data-title={name} class="numeric">
      {count(value)}
    </span>
  );
}
