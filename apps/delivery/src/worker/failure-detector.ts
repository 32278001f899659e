import CircuitBreaker from 'opossum';

const WINDOW_MS = 30_000;
const SAMPLES = 10;
const FAILED_PERCENT = 50;

/**
 * Notices that a destination fails: at least half of at least ten attempts within half a minute. It only notices (opossum's breaker is
 * told of results and never asked for leave); the state that follows is shared by all replicas. A destination that has not failed has no breaker.
 */
export class FailureDetector {
  private readonly breakers = new Map<string, CircuitBreaker<[boolean], void>>();

  constructor(private readonly onFailing: (destination: string) => void) {}

  record(destination: string, failed: boolean): void {
    let breaker = this.breakers.get(destination);
    if (breaker === undefined) {
      if (!failed) return;
      breaker = this.breakerOf(destination);
      this.breakers.set(destination, breaker);
    }
    breaker.fire(failed).catch(() => undefined);
  }

  /** Forgets what was seen: the destination starts afresh. */
  forget(destination: string): void {
    this.breakers.get(destination)?.shutdown();
    this.breakers.delete(destination);
  }

  stop(): void {
    for (const destination of [...this.breakers.keys()]) this.forget(destination);
  }

  private breakerOf(destination: string): CircuitBreaker<[boolean], void> {
    const breaker = new CircuitBreaker(async (failed: boolean): Promise<void> => {
      if (failed) throw new Error('failed');
    }, {
      timeout: false, errorThresholdPercentage: FAILED_PERCENT, volumeThreshold: SAMPLES, rollingCountTimeout: WINDOW_MS, rollingCountBuckets: 6,
      enableSnapshots: false, resetTimeout: WINDOW_MS,
    });
    breaker.on('open', () => {
      this.forget(destination);
      this.onFailing(destination);
    });
    // A quiet window: nothing left to count.
    breaker.on('success', () => {
      if (breaker.stats.failures === 0) this.forget(destination);
    });
    return breaker;
  }
}
