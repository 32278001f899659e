/** Something a service needs before it is of use: true, or what is missing. */
export type Check = () => boolean;

/** What a service waits for, by name: the answer of /readyz. */
export class Health {
  private readonly checks = new Map<string, Check>();
  private stopping = false;

  add(name: string, check: Check): void {
    this.checks.set(name, check);
  }

  /** From now on not ready: a load balancer should send requests elsewhere. */
  stop(): void {
    this.stopping = true;
  }

  waitingFor(): string[] {
    const missing = [...this.checks].filter(([, check]) => !check()).map(([name]) => name);
    return this.stopping ? ['shutdown', ...missing] : missing;
  }
}
