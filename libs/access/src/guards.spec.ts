import { Controller, Delete, Get, type INestApplication, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AddressInfo } from 'node:net';
import type { Identity } from './authorisation.js';
import { CsrfGuard } from './csrf.js';
import { CurrentIdentity, identityHeader, IdentityGuard, openApiAccess, Public, Requires, RequiresGuard } from './guards.js';
import { createIdentitySigner, createIdentityVerifier, IDENTITY_HEADER, newIdentityKeys, pemFromEnv } from './identity-token.js';

@Controller('channels')
class ChannelsController {
  @Get()
  @Requires({ resource: 'channels', action: 'read', role: 'viewer' })
  list(@CurrentIdentity() identity: Identity): unknown {
    return { tenantId: identity.tenantId, name: identity.subject.name };
  }

  @Post()
  @Requires({ resource: 'channels', action: 'write', role: 'editor' })
  create(): unknown {
    return {};
  }

  @Delete()
  @Requires({ resource: 'tenants', action: 'write', role: 'platform' })
  purge(): unknown {
    return {};
  }

  @Get('health')
  @Public()
  health(): unknown {
    return { ok: true };
  }

  @Get('undeclared')
  undeclared(): unknown {
    return {};
  }
}

@Module({ controllers: [ChannelsController] })
class TestModule {}

const keys = newIdentityKeys();
const signer = createIdentitySigner(pemFromEnv(keys.privateKey));
const user = (over: Partial<Identity> = {}): Identity => ({
  tenantId: 't1', subject: { type: 'user', id: 'u', name: 'Ada' }, role: 'viewer', scopes: [], ...over,
});
const key = (scopes: string[]): Identity => user({ role: 'admin', scopes, subject: { type: 'api_key', id: 'k', name: 'CI' } });

describe('a service behind the front door', () => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    app = await NestFactory.create(TestModule, { logger: false });
    app.useGlobalGuards(
      new CsrfGuard('session'), new IdentityGuard(identityHeader(createIdentityVerifier(pemFromEnv(keys.publicKey)), 'incidents')), new RequiresGuard(),
    );
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/channels`;
  });
  afterAll(() => app.close());

  const call = async (method: string, path: string, identity?: Identity, headers: Record<string, string> = {}) => {
    const token: Record<string, string> = identity === undefined ? {} : { [IDENTITY_HEADER]: await signer.sign(identity, 'incidents') };
    const response = await fetch(url + path, { method, headers: { ...token, ...headers } });
    return { status: response.status, body: (await response.json()) as { detail?: string } };
  };

  it('hands the identity to the handler', async () => {
    expect(await call('GET', '', user())).toEqual({ status: 200, body: { tenantId: 't1', name: 'Ada' } });
  });

  it.each([
    ['no credential', {}],
    ['garbage', { [IDENTITY_HEADER]: 'garbage' }],
  ])('answers 401 to %s', async (_, headers) => {
    expect((await call('GET', '', undefined, headers)).status).toBe(401);
  });

  it('answers 401 to an identity that was made for another service', async () => {
    const token = await signer.sign(user(), 'delivery');
    expect(await call('GET', '', undefined, { [IDENTITY_HEADER]: token })).toMatchObject({
      status: 401, body: { detail: expect.stringContaining('wrong audience') },
    });
  });

  it.each([
    ['GET', '', user(), 200],
    ['POST', '', user(), 403],
    ['POST', '', user({ role: 'editor' }), 201],
    ['POST', '', key(['channels:write']), 201],
    ['POST', '', key(['channels:read']), 403],
    ['GET', '', key(['channels:write']), 403],
    ['DELETE', '', user({ role: 'admin' }), 403],
    ['DELETE', '', user({ platform: true }), 200],
    ['DELETE', '', key(['*']), 403],
    ['GET', '/undeclared', user({ role: 'admin', platform: true }), 403],
    ['GET', '/health', undefined, 200],
  ] as const)('%s %s by %j is %i', async (method, path, identity, status) => {
    expect((await call(method, path, identity)).status).toBe(status);
  });

  it('says which role and scope are missing', async () => {
    expect((await call('POST', '', key([]))).body.detail).toBe('This needs the role editor and the scope channels:write.');
  });

  it.each([
    ['POST', { cookie: 'a=b; session=x' }, 403],
    ['POST', { cookie: 'session=x', 'x-requested-with': 'XMLHttpRequest' }, 201],
    ['POST', { cookie: 'session=x', authorization: 'Bearer sk_live_x' }, 201],
    ['POST', { cookie: 'other_session=x' }, 201],
    ['GET', { cookie: 'session=x' }, 200],
  ])('%s with %j is %i under the rule for browser sessions', async (method, headers, status) => {
    expect((await call(method, '', user({ role: 'editor' }), headers)).status).toBe(status);
  });

  it('tells the API document what each operation asks for', () => {
    const { create, health, undeclared } = ChannelsController.prototype;
    expect(openApiAccess(create, ChannelsController)).toEqual({ 'x-signalbox-requires': { resource: 'channels', action: 'write', role: 'editor' } });
    expect(openApiAccess(health, ChannelsController)).toEqual({ security: [] });
    expect(openApiAccess(undeclared, ChannelsController)).toEqual({});
  });
});
