/** The little of X.690 and RFC 5280 that the certificates of tests are written in. */

export function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

export function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

/** Of its content in hex: `550403`. */
export function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

export function time(at: Date): Buffer {
  return der(0x18, Buffer.from(at.toISOString().replace(/[-:T]|\.\d+/g, '')));
}

/** A name that is a common name alone. */
export function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name)))));
}

export function dnsNames(name: string): Buffer {
  return extension('551d11', sequence(der(0x82, Buffer.from(name))));
}

export function basicConstraints(isAuthority: boolean): Buffer {
  return extension('551d13', sequence(...(isAuthority ? [der(0x01, Buffer.from([0xff]))] : [])));
}

/** The certificate around its body, as PEM. */
export function signedPem(body: Buffer, algorithm: Buffer, signature: Buffer): string {
  const base64 = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature)).toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value));
}
