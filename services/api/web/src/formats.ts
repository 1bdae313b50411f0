/** The formats there are: the built-in ones and the user's own. */

import type { Api, FormatDefinition, FormatPage, TriedFormat } from "./api.ts";
import { Cell } from "./cell.ts";

export class Formats {
  /** null until they were asked for. */
  readonly list = new Cell<FormatPage | null>(null);

  constructor(private readonly api: Api) {}

  clear(): void {
    this.list.set(null);
  }

  /** Throws a Problem, as everything here does. */
  async load(): Promise<void> {
    this.list.set(await this.api.formats());
  }

  /** Keeps a new one, or with `isKnown` a new definition of one. */
  async keep(name: string, definition: FormatDefinition, isKnown: boolean): Promise<TriedFormat> {
    const kept = await this.api[isKnown ? "replaceFormat" : "addFormat"](name, definition);
    await this.load();
    return kept;
  }

  async remove(name: string): Promise<void> {
    await this.api.removeFormat(name);
    await this.load();
  }
}
