import { sessionCookie, sessionToken } from './cookie.js';

const TOKEN = 'a'.repeat(43);

describe('the session cookie', () => {
  it('is for HTTPS alone when people reach the console by HTTPS', () => {
    expect(sessionCookie(TOKEN, true)).toBe(`signalbox_session=${TOKEN}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure`);
    expect(sessionCookie(TOKEN, false)).not.toContain('Secure');
  });

  it('is found among others, and only in its own form', () => {
    expect(sessionToken({ cookie: `theme=dark; signalbox_session=${TOKEN}; x=y` })).toBe(TOKEN);
    expect(sessionToken({ cookie: `not_signalbox_session=${TOKEN}` })).toBeUndefined();
    expect(sessionToken({ cookie: 'signalbox_session=short' })).toBeUndefined();
    expect(sessionToken({})).toBeUndefined();
  });
});
