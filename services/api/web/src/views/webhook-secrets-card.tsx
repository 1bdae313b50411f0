/** The secrets there are, and one more. */

import { useState } from "preact/hooks";

import { useCell } from "../cell.ts";
import type { WebhookSecrets } from "../webhook-secrets.ts";
import type { NewWebhookSecret, WebhookSecret } from "../webhook.ts";
import { AddSecret } from "./add-secret.tsx";
import { NewSecret } from "./new-secret.tsx";
import { SecretRow } from "./secret-row.tsx";

interface Props {
  readonly secrets: WebhookSecrets;
  /** Why they could not be read. */
  readonly problem: string | null;
}

export function SecretsCard({ secrets, problem }: Props) {
  const list = useCell(secrets.list);
  const [added, setAdded] = useState<NewWebhookSecret | null>(null);
  const remove = async ({ webhook_secret_id: id }: WebhookSecret) => {
    if (id === null) return;
    await secrets.remove(id);
    if (added?.webhook_secret_id === id) setAdded(null);
  };
  return (
    <section class="card settings" aria-label="Secrets">
      <h2>Secrets</h2>
      <p class="quiet">
        A delivery is taken in when it is signed with one of them. To change one, add the new one first, fill it in at
        GitHub, and remove the old one then.
      </p>
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
      {list && <SecretList list={list} onRemove={remove} />}
      <AddSecret secrets={secrets} onAdded={setAdded} />
      {added && <NewSecret key={added.webhook_secret_id} added={added} onClose={() => setAdded(null)} />}
    </section>
  );
}

function SecretList({
  list,
  onRemove,
}: {
  list: readonly WebhookSecret[];
  onRemove: (secret: WebhookSecret) => Promise<void>;
}) {
  if (list.length === 0) return <p class="empty">None yet: until there is one, every delivery is refused.</p>;
  return (
    <ul class="formats" aria-label="Your secrets">
      {list.map((secret, place) => (
        <SecretRow key={secret.webhook_secret_id ?? place} secret={secret} onRemove={onRemove} />
      ))}
    </ul>
  );
}
