// Loaded into every service by `npm run bench -- <name> --profile`: writes a CPU profile of the process's whole life when it ends.
const { Session } = require('node:inspector');
const { mkdirSync, writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

const dir = process.env.BENCH_PROFILE_DIR;
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.start');
process.on('exit', () => {
  session.post('Profiler.stop', (_error, { profile }) => {
    mkdirSync(dir, { recursive: true });
    const service = basename(dirname(dirname(process.argv[1] ?? 'x/x/node')));
    writeFileSync(join(dir, `${service}-${process.pid}.cpuprofile`), JSON.stringify(profile));
  });
});
