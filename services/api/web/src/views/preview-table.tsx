import type { Line } from "../api.ts";
import { asLevel, fold, lineRange, shorten, visible } from "../text.ts";
import { precise } from "../time.ts";

const shownCharacters = 300;

/** Lines as they were understood, a row each. */
export function PreviewTable({ lines }: { lines: readonly Line[] }) {
  return (
    <div class="preview-scroll" tabIndex={0} role="group" aria-label="What was understood">
      <table class="preview-table">
        <thead>
          <tr>
            {["Line", "Time (UTC)", "Level", "Format", "Logger", "Message"].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <PreviewRow key={line.line_no} line={line} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PreviewRow({ line }: { line: Line }) {
  const { shown, hidden } = fold(line.message ?? line.raw, "");
  return (
    <tr class={line.reason ? "rejected" : `level-${asLevel(line.level)}`}>
      <td>{lineRange(line.line_no, line.line_count)}</td>
      <td>{precise(line.logged_at)}</td>
      <td>{line.reason ? "rejected" : asLevel(line.level)}</td>
      <td>{line.format}</td>
      <td dir="auto">{shorten(visible(line.logger ?? ""), shownCharacters)}</td>
      <td class="preview-message" dir="auto">
        {line.reason && <b class="tag reason">{line.reason}</b>}
        {shorten(visible(shown), shownCharacters)}
        {hidden > 0 && <span class="tag quiet"> +{hidden} lines</span>}
      </td>
    </tr>
  );
}
