export const WINDOW_SECONDS = 15 * 60;

/**
 * What attempts are counted by, and how many each may have within the window. The account alone is let
 * more than account and address together: a stranger must not lock its owner out.
 */
const LIMITS = { pair: 5, account: 50, address: 50 } as const;

export interface AttemptCount {
  readonly key: string;
  /** With this attempt. */
  readonly attempts: number;
  readonly since: Date;
}

/** The keys under which one attempt is counted. */
export function attemptKeys(email: string, address: string): string[] {
  const account = email.toLowerCase();
  return [`account/${account}`, `address/${address}`, `pair/${address}/${account}`];
}

/** Seconds until somebody may try again; 0: now. In: the counts of an attempt, itself included. */
export function waitSeconds(counts: readonly AttemptCount[], now: Date): number {
  const waits = counts.filter(({ key, attempts }) => attempts > limitOf(key))
    .map(({ since }) => Math.ceil(WINDOW_SECONDS - (now.getTime() - since.getTime()) / 1000));
  return waits.length === 0 ? 0 : Math.max(1, ...waits);
}

function limitOf(key: string): number {
  return LIMITS[key.slice(0, key.indexOf('/')) as keyof typeof LIMITS];
}
