/** Files that were chosen and not sent yet: each can be looked at first. */

import { bytes, plural } from "../number.ts";
import { usePage } from "../page.ts";
import { Icon } from "./icons.tsx";

interface Props {
  readonly files: readonly File[];
  readonly onChange: (files: readonly File[]) => void;
}

export function StagedFiles({ files, onChange }: Props) {
  const { uploads, options, preview } = usePage();
  if (files.length === 0) return null;
  const clear = () => {
    preview.close();
    onChange([]);
  };
  const send = () => {
    uploads.add(files, options.get());
    clear();
  };
  const drop = (file: File) => {
    if (preview.state.get()?.file === file) preview.close();
    onChange(files.filter((one) => one !== file));
  };
  return (
    <div class="staged">
      <ul aria-label="Files to upload">
        {files.map((file, place) => (
          <StagedFile
            key={place}
            file={file}
            onPreview={() => void preview.show(file)}
            onDrop={() => drop(file)}
          />
        ))}
      </ul>
      <div class="actions">
        <button class="button" type="button" onClick={clear}>
          Clear
        </button>
        <button class="button filled" type="button" onClick={send}>
          Upload {plural(files.length, "file")}
        </button>
      </div>
    </div>
  );
}

function StagedFile({ file, onPreview, onDrop }: { file: File; onPreview: () => void; onDrop: () => void }) {
  return (
    <li class="staged-file">
      <span class="row-name" title={file.name} dir="auto">
        {file.name}
      </span>
      <span class="quiet small">{bytes(file.size)}</span>
      <button class="button small" type="button" aria-label={`Preview ${file.name}`} onClick={onPreview}>
        Preview
      </button>
      <button
        class="icon-button"
        type="button"
        title={`Do not upload ${file.name}`}
        aria-label={`Do not upload ${file.name}`}
        onClick={onDrop}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
