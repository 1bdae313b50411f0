/** A secret that was just added: the one time it can be seen. */

import { useEffect, useRef } from "preact/hooks";

import { visible } from "../text.ts";
import type { NewWebhookSecret } from "../webhook.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";
import { PayloadUrl } from "./webhook-setup.tsx";

interface Props {
  readonly added: NewWebhookSecret;
  readonly onClose: () => void;
}

export function NewSecret({ added, onClose }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="new-secret" aria-label="New secret">
      <header class="preview-head">
        <h3 ref={heading} tabIndex={-1}>
          {visible(added.name)} is added. Copy it now: it is not shown again.
        </h3>
        <button class="icon-button" type="button" aria-label="Close the new secret" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="setup-fields">
        <div>
          <dt>Secret</dt>
          <dd class="copied">
            <code data-field="new_secret">{added.secret}</code>
            <CopyButton label="Copy" text={added.secret} hint="The secret" />
          </dd>
        </div>
        <div>
          <dt>Payload URL</dt>
          <dd>
            <PayloadUrl path={added.payload_path} />
          </dd>
        </div>
      </dl>
    </section>
  );
}
