/** What would be understood of a file: its first bytes are sent, and nothing is stored. */

import type { Api, Line } from "./api.ts";
import { Cell } from "./cell.ts";
import { changedFile } from "./changed-file.ts";
import type { Counts } from "./job.ts";
import { fileQuery, type UploadOptions } from "./options.ts";
import { asProblem, isAbort } from "./problem.ts";

const headBytes = 256 * 1024;
const mostLines = 50;

/** The first line that the format asked for does not match; `column` counts characters from 1. */
export interface Mismatch {
  readonly line_no: number;
  readonly column: number;
  readonly text: string;
  readonly expected: string;
  readonly field: string | null;
}

export interface PreviewAnswer {
  readonly items: readonly Line[];
  readonly lines_read: number;
  readonly lines_stored: number;
  readonly lines_rejected: number;
  readonly format_counts: Counts;
  readonly timezone: string;
  readonly charset: string | null;
  readonly compression: string | null;
  /** Of an archive: its first file, the one shown. */
  readonly file_name: string | null;
  readonly mismatch: Mismatch | null;
}

export interface Previewed {
  readonly file: File;
  /** The latest; null until the first, and after one that failed. */
  readonly answer: PreviewAnswer | null;
  readonly busy: boolean;
  readonly problem: string | null;
}

export class Preview {
  /** null while none is shown. */
  readonly state = new Cell<Previewed | null>(null);
  #request = new AbortController();

  /** It follows the options. */
  constructor(
    private readonly api: Api,
    private readonly options: Cell<UploadOptions>,
  ) {
    options.subscribe(() => {
      const shown = this.state.get();
      if (shown) void this.show(shown.file);
    });
  }

  async show(file: File): Promise<void> {
    this.#request.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    const before = this.state.get();
    this.state.set({ file, answer: before?.file === file ? before.answer : null, busy: true, problem: null });
    try {
      const answer = await this.#ask(file, signal);
      if (!signal.aborted) this.state.set({ file, answer, busy: false, problem: null });
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.state.set({ file, answer: null, busy: false, problem: asProblem(error).message });
    }
  }

  close(): void {
    this.#request.abort();
    this.state.set(null);
  }

  async #ask(file: File, signal: AbortSignal): Promise<PreviewAnswer> {
    const head = await file.slice(0, headBytes).arrayBuffer().catch(unreadable);
    const cut = String(file.size > headBytes);
    return this.api.preview(head, { ...fileQuery(file, this.options.get()), cut, limit: mostLines }, signal);
  }
}

function unreadable(): never {
  throw changedFile();
}
