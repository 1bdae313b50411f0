import { useState } from "preact/hooks";

import { visible } from "../text.ts";
import type { WebhookSecret } from "../webhook.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { focusContent } from "./content-focus.ts";
import { CopyButton } from "./copy-button.tsx";
import { Moment } from "./moment.tsx";

interface Props {
  readonly secret: WebhookSecret;
  readonly onRemove: (secret: WebhookSecret) => Promise<void>;
}

/** One secret, told apart by its name and how it ends. One of the configuration can only be removed there. */
export function SecretRow({ secret, onRemove }: Props) {
  const { name, hint, payload_path: path } = secret;
  return (
    <li data-secret={name}>
      <p>
        <b dir="auto">{visible(name)}</b> <code class="quiet">…{visible(hint)}</code>
      </p>
      <p class="quiet secret-facts">
        {secret.source === "configuration" ? (
          <span>in the server’s configuration</span>
        ) : (
          <span data-field="last_used">
            {secret.last_used_at ? <Moment at={secret.last_used_at} lead="last used " /> : "not used yet"}
          </span>
        )}
        {secret.created_at && <Moment at={secret.created_at} lead="added " />}
      </p>
      {secret.webhook_secret_id !== null && (
        <div class="actions">
          <CopyButton
            label="Copy URL"
            text={`${location.origin}${path}`}
            hint="A payload URL of its own: no other secret is tried for what comes there"
          />
          <Remove secret={secret} onRemove={onRemove} />
        </div>
      )}
    </li>
  );
}

function Remove({ secret, onRemove }: Props) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <button
        class="button danger"
        type="button"
        aria-label={`Remove ${secret.name}`}
        onClick={() => setAsking(true)}
      >
        Remove
      </button>
      {isAsking && (
        <ConfirmDialog
          title="Remove this secret?"
          action="Remove for good"
          onConfirm={() => onRemove(secret).then(focusContent)}
          onClose={() => setAsking(false)}
        >
          <p>
            <b dir="auto">{visible(secret.name)}</b> <code class="quiet">…{visible(secret.hint)}</code>
          </p>
          <p>
            What is signed with it is refused from then on, and GitHub lists it as failed. What was delivered before is
            kept.
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}
