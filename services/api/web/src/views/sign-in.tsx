/** Log in or register; the server's own words say what is wrong. */

import { useRef, useState } from "preact/hooks";

import { usePage } from "../page.ts";
import { asProblem } from "../problem.ts";

type Mode = "login" | "register";

const words = {
  login: {
    title: "Log in",
    busy: "Logging in…",
    other: "No account yet?",
    switch: "Register",
    autocomplete: "current-password",
  },
  register: {
    title: "Register",
    busy: "Registering…",
    other: "Already registered?",
    switch: "Log in",
    autocomplete: "new-password",
  },
} as const;

export function SignIn({ notice }: { notice: string | null }) {
  const [mode, setMode] = useState<Mode>("login");
  const form = useSignIn(mode, notice);
  const text = words[mode];
  const flip = () => {
    setMode(mode === "login" ? "register" : "login");
    form.setError(null);
  };
  return (
    <main class="sign-in" id="main">
      <form class="panel" onSubmit={form.submit} aria-busy={form.busy}>
        <h1>{text.title}</h1>
        <p class="quiet">Log files in; searchable lines, rollups and live progress out.</p>
        <label class="field">
          Email
          <input type="email" name="email" autocomplete="username" required maxLength={320} />
        </label>
        <label class="field">
          Password
          <input type="password" name="password" autocomplete={text.autocomplete} required maxLength={1024} />
        </label>
        <p class="form-error" role="alert">
          {form.error}
        </p>
        <button class="button primary" type="submit" disabled={form.busy}>
          {form.busy ? text.busy : text.title}
        </button>
        <p class="quiet">
          {text.other}{" "}
          <button class="link" type="button" onClick={flip}>
            {text.switch}
          </button>
        </p>
      </form>
    </main>
  );
}

function useSignIn(mode: Mode, notice: string | null) {
  const { session } = usePage();
  const [error, setError] = useState(notice);
  const [busy, setBusy] = useState(false);
  const sending = useRef(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (sending.current) return;
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const [email, password] = [String(fields.get("email")).trim(), String(fields.get("password"))];
    sending.current = true;
    setBusy(true);
    setError(null);
    try {
      await session[mode](email, password);
    } catch (caught) {
      setError(asProblem(caught).message);
    }
    sending.current = false;
    setBusy(false);
  };
  return { error, setError, busy, submit };
}
