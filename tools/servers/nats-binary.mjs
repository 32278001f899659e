// Which nats-server to run: the one on the PATH when it is new enough, else the packaged one (tools/nats-bin).
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MINIMUM = [2, 14];
const packaged = join(dirname(fileURLToPath(import.meta.url)), '..', 'nats-bin', 'node_modules', '@eplightning', 'nats-server-linux-x64', 'bin', 'nats-server');

export const installHint =
  `Signalbox needs a NATS server ≥ ${MINIMUM.join('.')} with JetStream. Do one of these:\n`
  + '  - install nats-server and have it on the PATH: https://github.com/nats-io/nats-server/releases (macOS: brew install nats-server)\n'
  + '  - run one anywhere (docker run -p 4222:4222 nats:2.14 -js) and set NATS_URL, e.g. NATS_URL=nats://127.0.0.1:4222';

/** The command to run; `say` hears about a server that was passed over. Throws, with what to install, when there is none. */
export function natsBinary(say = console.warn) {
  const onPath = versionOf('nats-server');
  if (onPath && isNewEnough(onPath)) return 'nats-server';
  if (onPath) say(`nats-server ${onPath} on the PATH is too old (needs ≥ ${MINIMUM.join('.')}): not used.`);
  if (existsSync(packaged) && versionOf(packaged)) return packaged;
  throw new Error(`No usable NATS server found.\n${installHint}`);
}

function versionOf(command) {
  try {
    return /v?(\d+\.\d+\.\d+\S*)/.exec(execFileSync(command, ['-v'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))?.[1];
  } catch {
    return undefined;
  }
}

export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}
