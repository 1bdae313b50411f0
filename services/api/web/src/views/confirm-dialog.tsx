/** Asks before something that cannot be taken back. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import { asProblem } from "../problem.ts";

interface Props {
  readonly title: string;
  /** On the button that does it. */
  readonly action: string;
  readonly children: ComponentChildren;
  /** A Problem is shown, and the question stays. */
  readonly onConfirm: () => Promise<unknown>;
  /** It was answered, either way. */
  readonly onClose: () => void;
}

/** Open for as long as it is there. */
export function ConfirmDialog({ title, action, children, onConfirm, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  const confirm = async () => {
    setBusy(true);
    setProblem(null);
    await onConfirm().then(close, (error: unknown) => setProblem(asProblem(error).message));
    setBusy(false);
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={heading} onClose={onClose}>
      <h2 id={heading}>{title}</h2>
      <div class="dialog-text">{children}</div>
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
      <div class="actions">
        <button class="button" type="button" autofocus onClick={close}>
          Keep
        </button>
        <button class="button destructive" type="button" disabled={busy} onClick={() => void confirm()}>
          {action}
        </button>
      </div>
    </dialog>
  );
}
