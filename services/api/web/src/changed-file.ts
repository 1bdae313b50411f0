/** A browser reads a file only as long as it is as it was when it was chosen. */

import { Problem } from "./problem.ts";

export const fileChanged = "file-changed";

/** Whether the file can still be read; not once it was written to, replaced or removed. */
export async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** What its owner can do then: sending the same choice again cannot work. */
export function changedFile(): Problem {
  const detail =
    "The file changed after it was chosen, so the browser stopped reading it. " +
    "Choose it again; of a log that is still being written, send a copy.";
  return new Problem({ type: fileChanged, detail });
}
