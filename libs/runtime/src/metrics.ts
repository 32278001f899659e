import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** The metrics of one service, all prefixed `signalbox_<service>_`. */
export class Metrics {
  readonly registry = new Registry();

  constructor(private readonly service: string) {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name: this.full(name), help, labelNames: [...labelNames], registers: [this.registry] });
  }

  /** `collect` is called at each scrape and sets the value. */
  gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = [], collect?: (gauge: Gauge<L>) => void | Promise<void>): Gauge<L> {
    const gauge: Gauge<L> = new Gauge({
      name: this.full(name), help, labelNames: [...labelNames], registers: [this.registry],
      ...(collect === undefined ? {} : { collect: () => collect(gauge) }),
    });
    return gauge;
  }

  histogram<L extends string = never>(name: string, help: string, labelNames: readonly L[] = [], buckets?: readonly number[]): Histogram<L> {
    return new Histogram({
      name: this.full(name), help, labelNames: [...labelNames], registers: [this.registry],
      ...(buckets === undefined ? {} : { buckets: [...buckets] }),
    });
  }

  private full(name: string): string {
    return `signalbox_${this.service}_${name}`;
  }
}
