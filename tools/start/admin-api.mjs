// The little of the admin API that the demo needs.

export class AdminApi {
  #headers = { 'x-requested-with': 'XMLHttpRequest' };

  constructor(url) {
    this.url = url;
  }

  /** Signs in; the session's cookie goes with what follows. Gives `GET /api/v1/session`. */
  async signIn({ email, password }) {
    const response = await this.#request('POST', '/api/v1/session', { email, password });
    this.#headers.cookie = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
    return this.get('/api/v1/session');
  }

  /** From now on the API key is the credential. */
  useKey(key) {
    this.#headers = { authorization: `Bearer ${key}` };
  }

  async accepts(key) {
    const response = await fetch(`${this.url}/api/v1/services?limit=1`, { headers: { authorization: `Bearer ${key}` } });
    await response.body?.cancel();
    return response.ok;
  }

  async get(path) {
    return (await this.#request('GET', path)).json();
  }

  async post(path, body) {
    return (await this.#request('POST', path, body)).json();
  }

  /** The resource of that name, made when there is none. Of one that exists, the parts named in `follow` are set again (the sink may have moved). */
  async ensure(path, wanted, { follow = [] } = {}) {
    const found = await this.#find(path, wanted.name);
    if (!found) return this.post(path, wanted);
    if (follow.length > 0) await this.#request('PATCH', `${path}/${found.id}`, Object.fromEntries(follow.map((part) => [part, wanted[part]])));
    return found;
  }

  async #find(path, name) {
    let cursor = '';
    do {
      const page = await this.get(`${path}?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      const found = page.data.find((item) => item.name === name);
      if (found) return found;
      cursor = page.nextCursor;
    } while (cursor);
    return undefined;
  }

  async #request(method, path, body) {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...this.#headers, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return response;
  }
}
