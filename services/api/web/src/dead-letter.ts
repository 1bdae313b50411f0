/** A dead letter as the API describes it: a line batch that was given up, kept whole. Everything here is pure. */

export type LetterState = "waiting" | "replaying" | "stored" | "discarded";

/** An item of `GET /api/dead-letters`. */
export interface DeadLetter {
  readonly dead_letter_id: string;
  /** null for a message that is no line batch of a job. */
  readonly job_id: string | null;
  readonly file_name: string | null;
  readonly batch_no: number | null;
  readonly first_line: number | null;
  readonly line_count: number;
  readonly body_bytes: number;
  readonly reason: string;
  readonly detail: string | null;
  readonly state: LetterState;
  readonly attempts: number;
  readonly replays: number;
  readonly dead_lettered_at: string;
  readonly changed_at: string;
}

/** All letters with one reason. */
export interface LetterGroup {
  readonly reason: string;
  readonly letters: number;
  readonly lines: number;
  readonly jobs: number;
  readonly first_at: string;
  readonly last_at: string;
  /** Of one of them. */
  readonly detail: string | null;
}

export interface Attempt {
  readonly at: string | null;
  readonly error: string;
  readonly worker: string | null;
}

/** Its beginning: the lines themselves where they can be unpacked, else its bytes as text or as base64. */
export interface Payload {
  readonly text: string;
  readonly encoding: "lines" | "text" | "base64";
  /** Of all of it. */
  readonly bytes: number;
  readonly is_cut: boolean;
}

/** Something that was done to it. */
export interface LetterEvent {
  readonly happened_at: string;
  readonly user_email: string | null;
  readonly action: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface LetterDetails extends DeadLetter {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly attempts_made: readonly Attempt[];
  readonly trace: string | null;
  readonly payload: Payload;
  readonly history: readonly LetterEvent[];
}

interface Reason {
  readonly words: string;
  /** Whether a replay can help. */
  readonly advice: string;
}

const sameAgain = "A replay ends the same way unless the workers have been updated since.";
const reasons: Readonly<Record<string, Reason>> = {
  attempts_exhausted: {
    words: "Failed at every attempt",
    advice: "Replay it once the cause named by the attempts is mended.",
  },
  delivery_limit: {
    words: "Its workers died each time",
    advice: "Its bytes may end a worker's process. Replay it once that is mended: it is tried alone then.",
  },
  bad_checksum: { words: "Checksum does not match", advice: `Its bytes were changed on their way. ${sameAgain}` },
  bad_encoding: { words: "Cannot be unpacked", advice: `Its bytes are not what was sent. ${sameAgain}` },
  bad_headers: { words: "Headers cannot be read", advice: sameAgain },
  bad_line_count: { words: "Line count does not match", advice: sameAgain },
  unknown_message: {
    words: "Not a line batch",
    advice: `Something else was published to the queue, or by another version. ${sameAgain}`,
  },
  unknown_job: {
    words: "Its job is not known",
    advice:
      "The database was restored from a backup without it, or is another one than its upload was entered in. " +
      "Have it uploaded again, then discard this.",
  },
  unreadable: { words: "Cannot be read", advice: sameAgain },
};

/** The reason in words; one that is not known here as it is written. */
export function reasonWords(reason: string): string {
  const known = reasons[reason]?.words;
  if (known) return known;
  const words = reason.replaceAll("_", " ");
  return words ? `${words[0]?.toUpperCase()}${words.slice(1)}` : "No reason given";
}

export function advice(reason: string): string | null {
  return reasons[reason]?.advice ?? null;
}

/** Whether it can be given up: what is on its way may be stored at any moment. */
export function isWaiting({ state }: DeadLetter): boolean {
  return state === "waiting";
}

/** Nothing of it is left that could be replayed. */
export function isSettled({ state }: DeadLetter): boolean {
  return state === "stored" || state === "discarded";
}

export interface Sum {
  readonly letters: number;
  readonly lines: number;
}

/** Of all groups together. */
export function sumOf(groups: readonly LetterGroup[]): Sum {
  const sum = (pick: (group: LetterGroup) => number) => groups.reduce((total, group) => total + pick(group), 0);
  return { letters: sum((group) => group.letters), lines: sum((group) => group.lines) };
}

const actions: Readonly<Record<string, string>> = {
  "dead_letters.replay": "replayed",
  "dead_letters.discard": "discarded",
  "replay.cancel": "replay cancelled",
  "job.retry": "replayed with its job",
  "job.cancel": "job cancelled",
  "job.delete": "job deleted",
};

export function actionWords(action: string): string {
  return actions[action] ?? action.replaceAll(/[._]/g, " ");
}
