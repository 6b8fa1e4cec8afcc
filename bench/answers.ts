/** Counts the answers of the whole run; one that is wrong makes the benchmark fail. */
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

  /** Adds what went wrong beside the answers that were counted already. */
  addWrong(description: string): void {
    this.wrong += 1;
    this.example ??= description;
  }
}
