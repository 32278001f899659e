import { send, type Answer } from './http.js';
import { system } from './system.js';

/** An operator at the front door: by a session or by an API key. */
export class Operator {
  private constructor(readonly headers: Readonly<Record<string, string>>) {}

  /** Whoever these headers stand for. */
  static withHeaders(headers: Readonly<Record<string, string>>): Operator {
    return new Operator(headers);
  }

  static withKey(key: string): Operator {
    return new Operator({ authorization: `Bearer ${key}` });
  }

  /** A browser's session: the cookie, and the header that it sends with every change. */
  static async signIn({ email, password }: { email: string; password: string }): Promise<Operator> {
    const answer = await send('POST', `${system.urls.admin}/api/v1/session`, { body: { email, password }, headers: { 'x-requested-with': 'XMLHttpRequest' } });
    if (answer.status !== 200) throw new Error(`signing in answered ${answer.status}: ${answer.text}`);
    const cookie = answer.headers.getSetCookie().map((text) => text.split(';')[0]).join('; ');
    return new Operator({ cookie, 'x-requested-with': 'XMLHttpRequest' });
  }

  /** The same session, looking at another of its tenants. */
  in(tenantId: string): Operator {
    return new Operator({ ...this.headers, 'x-tenant-id': tenantId });
  }

  ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return send(method, `${system.urls.admin}${path}`, { headers: { ...this.headers, ...headers }, body });
  }

  async get<T = Record<string, unknown>>(path: string): Promise<T> {
    return this.done<T>('GET', path);
  }

  async post<T = Record<string, unknown>>(path: string, body: unknown = {}): Promise<T> {
    return this.done<T>('POST', path, body);
  }

  async put<T = Record<string, unknown>>(path: string, body: unknown): Promise<T> {
    return this.done<T>('PUT', path, body);
  }

  async list<T = Record<string, unknown>>(path: string): Promise<T[]> {
    return (await this.get<{ data: T[] }>(path)).data;
  }

  private async done<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.ask(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer.json<T>();
  }
}
