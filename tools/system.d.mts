export type ServiceName = 'ingest' | 'incidents' | 'notifications' | 'delivery' | 'ops' | 'admin';
export type ProcessName = ServiceName | 'nats' | 'postgres' | 'sink';
export const serviceNames: ServiceName[];

export interface Secrets {
  postgresPassword: string;
  rolePasswords: Record<ServiceName, string>;
  masterKey: string;
  identity: { publicKey: string; privateKey: string };
  bootstrap: { email: string; password: string; tenant: string };
}

export interface System {
  readonly urls: Record<ServiceName, string> & { sink?: string };
  readonly pids: Partial<Record<ProcessName, number>>;
  readonly natsUrl: string;
  /** The owner's URL. */
  readonly databaseUrl: string;
  readonly secrets: Secrets;
  /** Waits until it is gone. Default SIGKILL. */
  kill(name: ProcessName, signal?: NodeJS.Signals): Promise<void>;
  /** Waits for a server to serve, not for a service to be ready. */
  restart(name: ProcessName): Promise<void>;
  /** Waits until every service's /readyz is 200. */
  ready(withinMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export function startSystem(options: {
  dir: string;
  services?: ServiceName[];
  ports?: Partial<Record<ProcessName, number>> | (() => Promise<Partial<Record<ProcessName, number>>>);
  env?: Record<string, string> | ((name: ServiceName) => Record<string, string>);
  natsUrl?: string;
  databaseUrl?: string;
  sink?: boolean;
  syncInterval?: 'always';
  durable?: boolean;
  detached?: boolean;
  restartCrashed?: boolean;
  onRestart?: (name: ProcessName) => void;
  onLine?: (name: ProcessName, line: string) => void;
  say?: (line: string) => void;
}): Promise<System>;
