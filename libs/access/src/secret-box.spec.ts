import { randomBytes } from 'node:crypto';
import { createSecretBox, SecretBoxError, type SecretBoxReason } from './secret-box.js';
import { MasterKeyError } from './keys.js';

const master = (): string => randomBytes(32).toString('base64');
const reasonOf = (open: () => unknown): SecretBoxReason | undefined => {
  try {
    open();
    return undefined;
  } catch (error) {
    return (error as SecretBoxError).reason;
  }
};

describe('a secret box', () => {
  const key = master();
  const box = createSecretBox([key], 'notifications');

  it.each(['', 'hunter2', 'ключ 🔑', 'x'.repeat(100_000)])('opens what it sealed (%#)', (plain) => {
    expect(box.open(box.seal(plain, 'channel/1/token'), 'channel/1/token')).toBe(plain);
  });

  it('seals the same text differently each time, and never shows it', () => {
    const [one, two] = [box.seal('hunter2', 'c'), box.seal('hunter2', 'c')];
    expect(one).not.toBe(two);
    expect(Buffer.from(one.split('.')[2]!, 'base64url').toString('latin1')).not.toContain('hunter2');
  });

  it('refuses a sealed value that was moved to another row', () => {
    expect(reasonOf(() => box.open(box.seal('hunter2', 'channel/1/token'), 'channel/2/token'))).toBe('tampered');
  });

  it('refuses a value that another service sealed under the same master key', () => {
    const other = createSecretBox([key], 'delivery');
    expect(reasonOf(() => other.open(box.seal('hunter2', 'c'), 'c'))).toBe('unknown_key');
  });

  it('notices a change of any byte', () => {
    const sealed = box.seal('hunter2', 'c');
    const [version, id, body] = sealed.split('.') as [string, string, string];
    const bytes = Buffer.from(body, 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1;
      expect(reasonOf(() => box.open(`${version}.${id}.${changed.toString('base64url')}`, 'c'))).toBe('tampered');
    }
  });

  it.each(['', 'hunter2', 'sb1.00000000.', 'sb2.00000000.AAAA', 'sb1.0.0.0'])('says that %p is no sealed secret', (text) => {
    expect(reasonOf(() => box.open(text, 'c'))).toBe('malformed');
  });

  it('rotates: the new key seals, the old one still opens, and tells what is left to seal anew', () => {
    const old = box.seal('hunter2', 'c');
    const rotated = createSecretBox([master(), key], 'notifications');
    expect(rotated.open(old, 'c')).toBe('hunter2');
    expect(rotated.isCurrent(old)).toBe(false);
    const renewed = rotated.seal(rotated.open(old, 'c'), 'c');
    expect(rotated.isCurrent(renewed)).toBe(true);
    expect(reasonOf(() => box.open(renewed, 'c'))).toBe('unknown_key');
  });

  it.each([[[]], [['too short']], [[randomBytes(31).toString('base64')]]])('refuses master keys %j with a text that holds no key', (keys) => {
    expect(() => createSecretBox(keys, 'x')).toThrow(MasterKeyError);
    expect(() => createSecretBox(keys, 'x')).not.toThrow(keys[0] ?? 'nothing to leak');
  });

  it('never puts the secret or a key into an error', () => {
    const sealed = box.seal('hunter2', 'c');
    for (const attempt of [() => box.open(sealed, 'd'), () => createSecretBox([master()], 'x').open(sealed, 'c')]) {
      try {
        attempt();
        throw new Error('opened');
      } catch (error) {
        const text = JSON.stringify(error, Object.getOwnPropertyNames(error as object));
        expect(text).not.toContain('hunter2');
        expect(text).not.toContain(key);
        expect(error).toBeInstanceOf(SecretBoxError);
      }
    }
  });
});
