/** The beginning of a dead letter's bytes, inert. */

import type { LetterDetails } from "../dead-letter.ts";
import { bytes } from "../number.ts";
import { visible } from "../text.ts";
import { Icon } from "./icons.tsx";

const kinds = { lines: "Lines", text: "Bytes as text", base64: "Bytes as base64" } as const;

export function LetterPayload({ letter }: { letter: LetterDetails }) {
  const { payload } = letter;
  if (payload.bytes === 0) return <p class="quiet">{emptyText(letter)}</p>;
  return (
    <div class="payload">
      <div class="payload-head">
        <h3>{kinds[payload.encoding]}</h3>
        <span class="quiet">{bytes(payload.bytes)}</span>
        <a class="button small" href={`/api/dead-letters/${letter.dead_letter_id}/payload`} download>
          <Icon name="download" />
          Download
        </a>
      </div>
      <pre data-field="payload" dir="auto" tabIndex={0} aria-label="Payload">
        {visible(payload.text)}
      </pre>
      {payload.is_cut && (
        <p class="tag cut" data-field="payload_cut">
          Cut here; the download has all {bytes(payload.bytes)}.
        </p>
      )}
    </div>
  );
}

function emptyText({ state }: LetterDetails): string {
  if (state === "stored") return "Its lines are stored now; its bytes are not kept twice.";
  return state === "discarded" ? "Its bytes were discarded." : "It has no bytes.";
}
