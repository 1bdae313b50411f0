/** An action of a button: why it was refused is told beside it. */

import { useState } from "preact/hooks";

import { asProblem } from "../problem.ts";

export type Attempt = (action: Promise<unknown>) => void;

/** What went wrong with the latest action, and how to start one. */
export function useAttempt(): [string | null, Attempt] {
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = (action: Promise<unknown>) => {
    setProblem(null);
    action.catch((error: unknown) => setProblem(asProblem(error).message));
  };
  return [problem, attempt];
}
