/** Takes files by drop, anywhere on the page, and by button. While the options are open they wait to be looked at. */

import { useEffect, useRef, useState } from "preact/hooks";

import { useCell } from "../cell.ts";
import { summary } from "../options.ts";
import { usePage } from "../page.ts";
import { Icon } from "./icons.tsx";
import { StagedFiles } from "./staged-files.tsx";
import { UploadOptionsForm } from "./upload-options.tsx";

export function DropZone() {
  const { uploads, options } = usePage();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [staged, setStaged] = useState<readonly File[]>([]);
  const add = (files: readonly File[], folders: number) => {
    setRefusal(folders > 0 ? "Folders cannot be sent; choose the files in them." : null);
    if (isOpen) setStaged([...staged, ...files]);
    else if (files.length > 0) uploads.add(files, options.get());
  };
  const isOver = usePageDrop(add);
  return (
    <section class={isOver ? "drop drop-over" : "drop"} aria-label="Upload">
      <Icon name="upload" />
      <p>Drop log files here</p>
      <p class="quiet small">Any text log, also packed: gzip, zstd, bzip2, xz, zip, tar. Any size.</p>
      <Picker onPick={(files) => add(files, 0)} />
      {refusal && (
        <p class="form-error" role="alert">
          {refusal}
        </p>
      )}
      <Options isOpen={isOpen} onToggle={setOpen} />
      <StagedFiles files={staged} onChange={setStaged} />
    </section>
  );
}

function Picker({ onPick }: { onPick: (files: readonly File[]) => void }) {
  const pick = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    onPick([...(input.files ?? [])]);
    // The same file can be chosen again.
    input.value = "";
  };
  return (
    <div class="picker">
      <label class="button">
        Choose files
        <input class="sr-only" type="file" multiple onChange={pick} />
      </label>
    </div>
  );
}

/** Folded away, it still says what is set. */
function Options({ isOpen, onToggle }: { isOpen: boolean; onToggle: (isOpen: boolean) => void }) {
  const set = summary(useCell(usePage().options));
  return (
    <details
      class="drop-options"
      open={isOpen}
      onToggle={(event) => onToggle((event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>
        Options and preview
        {set && <span class="quiet"> · {set}</span>}
      </summary>
      {isOpen && <UploadOptionsForm />}
    </details>
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
