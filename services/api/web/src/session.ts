/** Who is logged in, the same in every tab of the browser. The token itself stays in an HttpOnly cookie. */

import type { Api, User } from "./api.ts";
import { Cell } from "./cell.ts";
import { asProblem } from "./problem.ts";

export type SessionState =
  | { readonly kind: "asking" }
  | { readonly kind: "out"; readonly notice: string | null }
  | { readonly kind: "in"; readonly user: User };

export class Session {
  readonly state = new Cell<SessionState>({ kind: "asking" });
  readonly #tabs = new BroadcastChannel("logmill.session");

  constructor(private readonly api: Api) {
    this.#tabs.onmessage = () => void this.resume();
  }

  /** Asks the server whose cookie this browser has. */
  async resume(): Promise<void> {
    try {
      this.#enter(await this.api.me());
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status === 401) this.state.set({ kind: "out", notice: null });
      // A server that is away for a moment logs nobody out.
      else if (this.state.get().kind !== "in") this.state.set({ kind: "out", notice: problem.message });
    }
  }

  /** Throws a Problem when the server does not take them. */
  async login(email: string, password: string): Promise<void> {
    await this.api.login(email, password);
    this.#enter(await this.api.me());
    this.#tabs.postMessage("changed");
  }

  async register(email: string, password: string): Promise<void> {
    await this.api.register(email, password);
    await this.login(email, password);
  }

  async logout(): Promise<void> {
    await this.api.logout();
    this.state.set({ kind: "out", notice: null });
    this.#tabs.postMessage("changed");
  }

  /** The server has answered 401. */
  expire(): void {
    if (this.state.get().kind !== "in") return;
    this.state.set({ kind: "out", notice: "Your session has ended. Log in again to go on." });
  }

  #enter(user: User): void {
    const before = this.state.get();
    if (before.kind === "in" && before.user.user_id === user.user_id) return;
    this.state.set({ kind: "in", user });
  }
}
