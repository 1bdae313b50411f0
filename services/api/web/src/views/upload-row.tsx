import { fileChanged } from "../changed-file.ts";
import { bytes, percent } from "../number.ts";
import { usePage } from "../page.ts";
import { timeLeft } from "../rate.ts";
import { duration } from "../time.ts";
import { hasNotes, isPending, type Upload } from "../upload.ts";
import { Icon } from "./icons.tsx";
import { ProgressBar } from "./progress-bar.tsx";
import { UploadIcon } from "./status.tsx";
import { UploadNotes } from "./upload-notes.tsx";

/** A file whose job is not known yet, or of which there is more to say than that. */
export function UploadRow({ upload }: { upload: Upload }) {
  const done = uploadPercent(upload);
  return (
    <li class="row" data-upload={upload.key} data-state={upload.state}>
      <div class="row-link">
        <UploadIcon state={upload.state} />
        <span class="row-name" title={upload.file.name} dir="auto">
          {upload.file.name}
        </span>
        <span class="row-percent">{upload.state === "sending" ? percent(done) : null}</span>
        {hasNotes(upload) ? <UploadNotes upload={upload} /> : <span class="row-detail">{uploadDetail(upload)}</span>}
      </div>
      <UploadActions upload={upload} />
      {isPending(upload) && (
        <ProgressBar
          label={`Upload of ${upload.file.name}`}
          percent={done}
          tone={upload.state === "held" ? "warn" : "busy"}
        />
      )}
    </li>
  );
}

/** 99 at most: the last byte sent is not yet a file accepted. */
function uploadPercent(upload: Upload): number {
  return upload.file.size === 0 ? 0 : Math.min(99, (upload.bytesSent / upload.file.size) * 100);
}

function uploadDetail(upload: Upload): string {
  if (upload.state === "waiting") return `${bytes(upload.file.size)} · waits for its turn`;
  if (upload.state === "cancelled") return "Cancelled";
  return sendingDetail(upload, upload.bytesSent);
}

/** How far the file is; `received` is what the server says it has, or else what has left this page. */
export function sendingDetail(upload: Upload, received: number): string {
  const speed = upload.rate.perSecond === null ? null : `${bytes(upload.rate.perSecond)}/s`;
  const left = timeLeft(upload.rate, upload.file.size);
  const parts = [
    `${bytes(received)} of ${bytes(upload.file.size)}`,
    speed,
    left === null ? null : `${duration(left)} left`,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

export function UploadActions({ upload }: { upload: Upload }) {
  const { uploads } = usePage();
  const { name } = upload.file;
  if (isPending(upload))
    return (
      <>
        {upload.state === "held" && (
          <Action icon="retry" label={`Send ${name} now`} onClick={() => uploads.retry(upload.key)} />
        )}
        <Action icon="close" label={`Cancel the upload of ${name}`} onClick={() => uploads.cancel(upload.key)} />
      </>
    );
  return (
    <>
      {canRetry(upload) && (
        <Action icon="retry" label={`Send ${name} again`} onClick={() => uploads.retry(upload.key)} />
      )}
      <Action icon="close" label={`Dismiss ${name}`} onClick={() => uploads.dismiss(upload.key)} />
    </>
  );
}

/** Sending what was accepted, or what cannot be read any more, would only fail. */
function canRetry({ state, problem }: Upload): boolean {
  return state === "cancelled" || (state === "failed" && problem?.kind !== fileChanged);
}

interface ActionProps {
  readonly icon: "close" | "retry";
  readonly label: string;
  readonly onClick: () => void;
}

function Action({ icon, label, onClick }: ActionProps) {
  return (
    <button class="icon-button" type="button" title={label} aria-label={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
