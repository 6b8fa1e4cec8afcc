import { withDeadline } from '../gatehouse/platform/deadline.ts';

/** `skipped`: not checked, or impossible to tell, which is nobody's fault. */
export type Status = 'ok' | 'warning' | 'failed' | 'skipped';

/** The result of a check, and how to mend what is wrong. */
export interface Finding {
  readonly status: Status;
  readonly message: string;
  readonly mend?: string;
}

export interface Check extends Finding {
  readonly name: string;
}

/** What went wrong, in words for a person. */
export interface Trouble {
  readonly message: string;
  readonly mend: string;
}

/** How long one check may take, in ms. At most two run one after the other. */
export const CHECK_MS = 4000;

export const ok = (message: string): Finding => ({ status: 'ok', message });
export const skipped = (message: string): Finding => ({ status: 'skipped', message });
export const warning = (message: string, mend: string): Finding => ({ status: 'warning', message, mend });
/** For a problem with which logins cannot work. */
export const failed = (message: string, mend: string): Finding => ({ status: 'failed', message, mend });

/** Runs `work` for at most `CHECK_MS`; `explain` turns an error into a finding. Never rejects. */
export async function check(
  name: string,
  work: () => Promise<Finding>,
  explain: (error: unknown) => Finding,
): Promise<Check> {
  try {
    return { name, ...(await withDeadline(work(), CHECK_MS)) };
  } catch (error) {
    return { name, ...explain(error) };
  }
}
