import { useState } from "preact/hooks";

import { Icon } from "./icons.tsx";

const confirmMs = 1_500;

interface Props {
  readonly label: string;
  readonly text: string;
  readonly hint: string;
}

export function CopyButton({ label, text, hint }: Props) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await copyText(text);
    setDone(true);
    setTimeout(() => setDone(false), confirmMs);
  };
  return (
    <button class="button copy" type="button" title={hint} onClick={() => void copy()}>
      <Icon name={done ? "check" : "copy"} />
      <span aria-live="polite">{done ? "Copied" : label}</span>
    </button>
  );
}

/** Browsers give the clipboard only to HTTPS and to localhost; elsewhere the old way still works. */
async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr-only";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
