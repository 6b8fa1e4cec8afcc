/** Counts the answers of the whole run. One wrong answer makes the benchmark fail. */
export class Answers {
  checked = 0;
  wrong = 0;
  /** The first wrong answer in words. */
  example: string | undefined;

  /** Adds one answer. */
  add(isRight: boolean, describe: () => string): void {
    this.checked += 1;
    if (!isRight) this.addWrong(describe());
  }

  /** Adds a failure without counting another answer. */
  addWrong(description: string): void {
    this.wrong += 1;
    this.example ??= description;
  }
}
