/** A labelled field with what is wrong with it beneath, tied to it for screen readers. */

import type { ComponentChildren } from "preact";

/** What the field's input has to have. */
export interface FieldAttributes {
  readonly id: string;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string;
}

interface Props {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly errors: readonly string[];
  readonly children: (attributes: FieldAttributes) => ComponentChildren;
}

export function FormField({ id, label, hint, errors, children }: Props) {
  const told = `${id}-errors`;
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      {hint && <p class="quiet small">{hint}</p>}
      {children({ id, "aria-invalid": errors.length > 0, "aria-describedby": told })}
      <ul class="form-error" id={told} aria-live="polite">
        {errors.map((error) => (
          <li key={error}>{error}</li>
        ))}
      </ul>
    </div>
  );
}
