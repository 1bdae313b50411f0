/** The words that are counted in every message. */

import { useEffect, useState } from "preact/hooks";

import type { Keywords } from "../api.ts";
import { keywordErrors, parseKeywords } from "../keywords.ts";
import { usePage } from "../page.ts";
import { asProblem } from "../problem.ts";
import { FormField } from "./form-field.tsx";

export function KeywordsForm() {
  const { text, setText, known, errors, done, busy, save, reset } = useKeywords();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void save();
  };
  return (
    <form class="card settings" aria-label="Keywords" aria-busy={busy} onSubmit={submit}>
      <h2>Keywords</h2>
      <FormField
        id="keywords"
        label="Words to be counted, one a line"
        hint={`In any case, once a record. ${known?.is_default ? "These are the usual ones." : "These are your own."}`}
        errors={errors}
      >
        {(field) => (
          <textarea
            class="input mono"
            rows={Math.min(12, Math.max(4, text.split("\n").length))}
            spellcheck={false}
            value={text}
            onInput={(event) => setText((event.currentTarget as HTMLTextAreaElement).value)}
            {...field}
          />
        )}
      </FormField>
      <div class="actions">
        <span role="status" class="tone-good">
          {done}
        </span>
        <button class="button" type="button" disabled={busy || known === null || known.is_default} onClick={reset}>
          Back to the usual ones
        </button>
        <button class="button filled" type="submit" disabled={busy || known === null}>
          Save
        </button>
      </div>
    </form>
  );
}

function useKeywords() {
  const { api } = usePage();
  const [known, setKnown] = useState<Keywords | null>(null);
  const [text, setText] = useState("");
  const [errors, setErrors] = useState<readonly string[]>([]);
  const [done, setDone] = useState("");
  const [busy, setBusy] = useState(false);
  const attempt = async (action: () => Promise<Keywords>, told: string) => {
    setBusy(true);
    setErrors([]);
    setDone("");
    try {
      const keywords = await action();
      setKnown(keywords);
      setText(keywords.keywords.join("\n"));
      setDone(told);
    } catch (error) {
      setErrors(keywordErrors(asProblem(error), parseKeywords(text)));
    }
    setBusy(false);
  };
  useEffect(() => void attempt(() => api.keywords(), ""), []);
  const save = () => attempt(() => api.saveKeywords(parseKeywords(text)), "Saved.");
  const reset = () => attempt(() => api.resetKeywords().then(() => api.keywords()), "The usual ones count again.");
  return { text, setText, known, errors, done, busy, save, reset };
}
