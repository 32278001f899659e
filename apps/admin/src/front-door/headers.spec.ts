import { headersToClient, headersToService } from './headers.js';

const added = { identityToken: 'signed', requestId: 'r-1', address: '192.0.2.1' };

describe('headers at the front door', () => {
  it('no credential and no identity of the client goes on; what the service works with does', () => {
    expect(headersToService({
      cookie: 'signalbox_session=x', authorization: 'Bearer sk_live_x', 'x-signalbox-identity': 'forged',
      'x-tenant-id': 't', 'x-forwarded-for': '1.2.3.4', host: 'admin',
      'idempotency-key': 'k', 'if-match': '"1"', 'if-none-match': '"2"', traceparent: '00-a',
      'content-type': 'application/json', 'content-length': '2', accept: 'text/event-stream',
    }, added)).toEqual({
      'idempotency-key': 'k', 'if-match': '"1"', 'if-none-match': '"2"', traceparent: '00-a',
      'content-type': 'application/json', 'content-length': '2', accept: 'text/event-stream',
      'x-signalbox-identity': 'signed', 'x-request-id': 'r-1', 'x-forwarded-for': '192.0.2.1',
    });
  });

  it('headers of the connection stay with it, those it names as well, and a chunked body stays chunked', () => {
    expect(headersToService(
      { connection: 'close, X-Odd', 'x-odd': '1', upgrade: 'h2c', te: 'trailers', expect: '100-continue', 'transfer-encoding': 'chunked' },
      added,
    ))
      .toEqual({ 'transfer-encoding': 'chunked', 'x-signalbox-identity': 'signed', 'x-request-id': 'r-1', 'x-forwarded-for': '192.0.2.1' });
  });

  it('nobody is told of when a token speaks, least of all whom the client names', () => {
    expect(headersToService({ 'x-signalbox-identity': 'forged', cookie: 'signalbox_session=x' }, { requestId: 'r-1' }))
      .toEqual({ 'x-request-id': 'r-1', 'x-forwarded-for': '' });
  });

  it('naming the identity header in Connection does not take ours away', () => {
    expect(headersToService({ connection: 'x-signalbox-identity' }, added)).toMatchObject({ 'x-signalbox-identity': 'signed' });
  });

  it('a service sets no cookies', () => {
    expect(headersToClient({ 'set-cookie': ['a=b'], etag: '"1"', 'transfer-encoding': 'chunked', connection: 'keep-alive' })).toEqual({ etag: '"1"' });
  });
});
