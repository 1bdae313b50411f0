/** What to fill in at GitHub. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { addressWarning, payloadPath } from "../webhook.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";

/** Unfolded for somebody to whom nothing was delivered yet. */
export function WebhookSetup({ isNew }: { isNew: boolean }) {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (isNew) setOpen(true);
  }, [isNew]);
  return (
    <details
      class="card setup"
      open={isOpen}
      onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>
        <h2>What to fill in at GitHub</h2>
      </summary>
      <p>
        In the settings of a repository or an organization, under <b>Webhooks</b>, choose <b>Add webhook</b>:
      </p>
      <dl class="setup-fields">
        <Field name="Payload URL">
          <PayloadUrl path={payloadPath} />
        </Field>
        <Field name="Content type">
          <code>application/json</code>; the other one is understood as well
        </Field>
        <Field name="Secret">one of those below: whoever it belongs to owns what is signed with it</Field>
        <Field name="SSL verification">enabled</Field>
        <Field name="Events">any, or all of them: those nobody knows here are kept too</Field>
      </dl>
      <p class="quiet">
        GitHub sends a ping at once, which is answered and not stored. A delivery that failed is not sent again by itself:
        choose Redeliver at GitHub, or have <code>logmill webhook replay</code> do all of them. However often one comes,
        it is stored once.
      </p>
    </details>
  );
}

function Field({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The address as GitHub wants it, with a button that copies it, and why GitHub may not reach it. */
export function PayloadUrl({ path }: { path: string }) {
  const url = `${location.origin}${path}`;
  return (
    <>
      <span class="copied">
        <code data-field="payload_url">{url}</code>
        <CopyButton label="Copy" text={url} hint="The payload URL" />
      </span>
      <Warning />
    </>
  );
}

function Warning() {
  const warning = addressWarning(location);
  if (!warning) return null;
  return (
    <p class="tone-warn warned" data-field="address_warning">
      <Icon name="warning" />
      {warning}
    </p>
  );
}
