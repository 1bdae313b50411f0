/** Adds a secret: one that was typed, or one the server makes. */

import { useState } from "preact/hooks";

import { asProblem, errorElsewhere, errorsAt, type Problem } from "../problem.ts";
import type { WebhookSecrets } from "../webhook-secrets.ts";
import type { NewWebhookSecret } from "../webhook.ts";
import { FormField } from "./form-field.tsx";

interface Props {
  readonly secrets: WebhookSecrets;
  readonly onAdded: (added: NewWebhookSecret) => void;
}

export function AddSecret(props: Props) {
  const { problem, busy, submit } = useAdding(props);
  const elsewhere = errorElsewhere(problem, "/name", "/secret");
  return (
    <form class="add-secret" aria-label="Add a secret" aria-busy={busy} onSubmit={submit}>
      <FormField
        id="secret-name"
        label="Name"
        hint="What it is for, such as the repository."
        errors={errorsAt(problem, "/name")}
      >
        {(field) => <input class="input" type="text" name="name" required maxLength={100} {...field} />}
      </FormField>
      <FormField
        id="secret-secret"
        label="Secret"
        hint="Left empty, a good one is made."
        errors={errorsAt(problem, "/secret")}
      >
        {(field) => (
          <input class="input mono" type="text" name="secret" maxLength={256} autocomplete="off" spellcheck={false} {...field} />
        )}
      </FormField>
      <button class="button filled" type="submit" disabled={busy}>
        Add
      </button>
      {elsewhere && (
        <p class="form-error" role="alert">
          {elsewhere}
        </p>
      )}
    </form>
  );
}

function useAdding({ secrets, onAdded }: Props) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const text = (name: string) => String(fields.get(name) ?? "");
    setBusy(true);
    setProblem(null);
    try {
      onAdded(await secrets.add(text("name").trim(), text("secret")));
      form.reset();
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  return { problem, busy, submit };
}
