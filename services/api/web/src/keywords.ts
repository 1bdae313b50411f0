/** Keywords as they are typed: one a line. Everything here is pure. */

import type { Problem } from "./problem.ts";

export function parseKeywords(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** What the server says is wrong, each with the keyword it means. */
export function keywordErrors(problem: Problem, keywords: readonly string[]): string[] {
  if (problem.errors.length === 0) return [problem.message];
  return problem.errors.map(({ pointer = "", detail }) => {
    const keyword = keywords[Number(/^\/keywords\/(\d+)$/.exec(pointer)?.[1] ?? Number.NaN)];
    return keyword === undefined ? detail : `“${keyword.slice(0, 40)}”: ${detail}`;
  });
}
