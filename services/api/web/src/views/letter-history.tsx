import { actionWords, type LetterEvent } from "../dead-letter.ts";
import { visible } from "../text.ts";
import { precise } from "../time.ts";

/** Who did what with it. */
export function LetterHistory({ events }: { events: readonly LetterEvent[] }) {
  if (events.length === 0) return <p class="quiet">Nobody has done anything with it yet.</p>;
  return (
    <>
      <h3>History</h3>
      <ol class="attempts" data-field="history">
        {events.map((event, place) => (
          <li key={place}>
            <span class="quiet">{precise(event.happened_at)}</span>
            <span>
              {actionWords(event.action)} by {visible(event.user_email ?? "somebody whose account is gone")}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
