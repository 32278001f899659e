import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { deriveKey, MasterKeyError } from './keys.js';

export type SecretBoxReason = 'malformed' | 'unknown_key' | 'tampered';

/** A sealed value that does not open. Holds the reason, never a secret. */
export class SecretBoxError extends Error {
  override readonly name = 'SecretBoxError';
  constructor(readonly reason: SecretBoxReason, message: string) {
    super(message);
  }
}

export interface SecretBox {
  /** Seals a text for one place (`context`: e.g. `channel/<id>/token`); only the same context opens it again. */
  seal(plain: string, context: string): string;
  /** Opens what `seal` made; throws `SecretBoxError`. */
  open(sealed: string, context: string): string;
  /** Whether a value is sealed with the first master key; if not, open and seal it again, then the old key can go. */
  isCurrent(sealed: string): boolean;
}

const VERSION = 'sb1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM under a key derived per service. `masterKeys`: base64 of 32 bytes each; the first seals, all open, which is
 * how a key is rotated without downtime. A token is `sb1.<key id>.<base64url of iv, tag, ciphertext>`.
 */
export function createSecretBox(masterKeys: readonly string[], service: string): SecretBox {
  const keys = new Map(masterKeys.map((master) => {
    const key = deriveKey(master, `secret-box/${service}`);
    return [keyId(key), key] as const;
  }));
  const [current] = keys;
  if (current === undefined) throw new MasterKeyError('at least one master key is needed to seal secrets');
  const [currentId, currentKey] = current;

  return {
    seal(plain, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', currentKey, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(aad(currentId, context));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return `${VERSION}.${currentId}.${Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')}`;
    },

    open(sealed, context) {
      const [version, id, body, ...rest] = sealed.split('.');
      const bytes = Buffer.from(body ?? '', 'base64url');
      if (version !== VERSION || id === undefined || rest.length > 0 || bytes.length < IV_BYTES + TAG_BYTES) {
        throw new SecretBoxError('malformed', 'this is not a sealed secret');
      }
      const key = keys.get(id);
      if (key === undefined) {
        throw new SecretBoxError(
          'unknown_key',
          `sealed with master key ${id}, which is not configured: keep old keys in the list until everything is sealed anew`,
        );
      }
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(aad(id, context));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
      } catch {
        throw new SecretBoxError('tampered', 'the sealed secret was changed, or belongs to another place');
      }
    },

    isCurrent: (sealed) => sealed.startsWith(`${VERSION}.${currentId}.`),
  };
}

/** Names a key without telling anything about it: the start of a hash of the derived key. */
function keyId(key: Buffer): string {
  return createHash('sha256').update('key id').update(key).digest('hex').slice(0, 8);
}

function aad(id: string, context: string): Buffer {
  return Buffer.from(`${VERSION}.${id}.${context}`, 'utf8');
}
