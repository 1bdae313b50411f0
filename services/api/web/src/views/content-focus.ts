/** Moves the focus to the content, for when what had it is gone or the URL's hash cannot name it. */
export function focusContent(): void {
  document.getElementById("main")?.focus();
}
