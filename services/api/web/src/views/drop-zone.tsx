/** Takes files by drop, anywhere on the page, and by button. */

import { useEffect, useRef, useState } from "preact/hooks";

import { usePage } from "../page.ts";
import { Icon } from "./icons.tsx";

export function DropZone() {
  const { uploads } = usePage();
  const [refusal, setRefusal] = useState<string | null>(null);
  const add = (files: readonly File[], folders: number) => {
    setRefusal(folders > 0 ? "Folders cannot be sent; choose the files in them." : null);
    if (files.length > 0) uploads.add(files);
  };
  const isOver = usePageDrop(add);
  const pick = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    add([...(input.files ?? [])], 0);
    // The same file can be chosen again.
    input.value = "";
  };
  return (
    <section class={isOver ? "drop drop-over" : "drop"} aria-label="Upload">
      <Icon name="upload" />
      <p>Drop log files here</p>
      <p class="quiet small">JSON lines, logfmt, access logs, syslog, application logs. Any size.</p>
      <div>
        <label class="button">
          Choose files
          <input class="sr-only" type="file" multiple onChange={pick} />
        </label>
      </div>
      {refusal && (
        <p class="form-error" role="alert">
          {refusal}
        </p>
      )}
    </section>
  );
}

type Add = (files: readonly File[], folders: number) => void;

/** Whether files are held over the page; `add` is called when they are dropped. */
function usePageDrop(add: Add): boolean {
  const [isOver, setOver] = useState(false);
  const latest = useRef(add);
  latest.current = add;
  useEffect(() => listen(setOver, (files, folders) => latest.current(files, folders)), []);
  return isOver;
}

function listen(setOver: (over: boolean) => void, add: Add): () => void {
  const listening = new AbortController();
  const on = (type: "dragover" | "dragleave" | "drop", handle: (event: DragEvent) => void) =>
    document.addEventListener(type, handle, { signal: listening.signal });
  on("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    setOver(true);
  });
  on("dragleave", (event) => {
    if (event.relatedTarget === null) setOver(false);
  });
  on("drop", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    setOver(false);
    const { files, folders } = split(event.dataTransfer);
    add(files, folders);
  });
  return () => listening.abort();
}

function split(transfer: DataTransfer): { files: File[]; folders: number } {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const isFolder = (item: DataTransferItem) => item.webkitGetAsEntry()?.isDirectory ?? false;
  const files = items.filter((item) => !isFolder(item)).flatMap((item) => item.getAsFile() ?? []);
  return { files, folders: items.filter(isFolder).length };
}
