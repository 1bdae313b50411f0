/** One observable value: the only kind of state the page has. */

import { useEffect, useState } from "preact/hooks";

export class Cell<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  /** Calls `listener` after every change until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The cell's value in a component, which renders again when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  const [, render] = useState({});
  const rendered = cell.get();
  useEffect(() => {
    const stop = cell.subscribe(() => render({}));
    // The effect runs some time after rendering: the value may have changed in between.
    if (!Object.is(rendered, cell.get())) render({});
    return stop;
  }, [cell]);
  return rendered;
}
