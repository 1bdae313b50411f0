/** A job's status as an icon and a word, never by colour alone. */

import type { Status } from "../job.ts";
import type { UploadState } from "../upload.ts";
import { Icon, type IconName } from "./icons.tsx";

type Tone = "busy" | "good" | "warn" | "bad" | "quiet";

interface Look {
  readonly word: string;
  readonly icon: IconName;
  readonly tone: Tone;
}

const looks: Readonly<Record<Status, Look>> = {
  receiving: { word: "Receiving", icon: "upload", tone: "busy" },
  processing: { word: "Processing", icon: "gears", tone: "busy" },
  completed: { word: "Completed", icon: "check", tone: "good" },
  completed_with_errors: { word: "Completed with errors", icon: "warning", tone: "warn" },
  failed: { word: "Failed", icon: "error", tone: "bad" },
  cancelled: { word: "Cancelled", icon: "cancelled", tone: "quiet" },
  interrupted: { word: "Interrupted", icon: "interrupted", tone: "warn" },
};

const uploadLooks: Readonly<Record<UploadState, Look>> = {
  waiting: { word: "Waiting to be sent", icon: "waiting", tone: "quiet" },
  sending: { word: "Sending", icon: "upload", tone: "busy" },
  held: { word: "Waits for the server", icon: "interrupted", tone: "warn" },
  accepted: { word: "Sent", icon: "check", tone: "good" },
  duplicate: { word: "Already uploaded", icon: "copy", tone: "quiet" },
  failed: { word: "Not sent", icon: "error", tone: "bad" },
  cancelled: { word: "Cancelled", icon: "cancelled", tone: "quiet" },
};

export function statusWord(status: Status): string {
  return looks[status].word;
}

export function StatusIcon({ status }: { status: Status }) {
  return <LookIcon look={looks[status]} spin={status === "processing"} />;
}

export function UploadIcon({ state }: { state: UploadState }) {
  return <LookIcon look={uploadLooks[state]} spin={false} />;
}

export function StatusBadge({ status }: { status: Status }) {
  const look = looks[status];
  return (
    <span class={`badge tone-${look.tone}`} data-field="status" data-status={status}>
      <Icon name={look.icon} spin={status === "processing"} />
      {look.word}
    </span>
  );
}

function LookIcon({ look, spin }: { look: Look; spin: boolean }) {
  return (
    <span class={`tone-${look.tone}`} title={look.word}>
      <Icon name={look.icon} spin={spin} />
      <span class="sr-only">{look.word}</span>
    </span>
  );
}
