// Which ports npm start listens on: fixed by the user, else remembered, else the usual ones.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { freePort, isFree } from '../servers/ports.mjs';

export const usualPorts = {
  ingest: 8080, admin: 8081, ops: 8082, incidents: 8083, notifications: 8084,
  delivery: 8085, sink: 8090, nats: 4222, postgres: 5432,
};

/** Gives `{<name>: port}` of all but the `without` ones, and remembers them in `file`. Throws when one that the user fixed (INGEST_PORT=…) is taken. */
export async function choosePorts({ file, env, say, without = [] }) {
  const remembered = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const names = Object.keys(usualPorts).filter((name) => !without.includes(name));
  const ports = {};
  const takenBy = async (port) => Object.keys(ports).find((name) => ports[name] === port) ?? (await isFree(port) ? undefined : 'another program');

  for (const name of names) {
    const fixed = fixedPort(name, env);
    if (fixed === undefined) continue;
    const taken = await takenBy(fixed);
    if (taken) throw new Error(`Port ${fixed}, which ${variable(name)} fixes for ${name}, is taken by ${taken}. Free it or set another.`);
    ports[name] = fixed;
  }
  for (const name of names.filter((each) => !(each in ports))) {
    const wanted = remembered[name] ?? usualPorts[name];
    const taken = await takenBy(wanted);
    ports[name] = taken ? await freePort() : wanted;
    if (taken) say(`Port ${wanted} for ${name} is taken by ${taken}; using ${ports[name]} (fix one with ${variable(name)}).`);
  }
  writeFileSync(file, `${JSON.stringify({ ...remembered, ...ports }, null, 2)}\n`);
  return ports;
}

const variable = (name) => `${name.toUpperCase()}_PORT`;

function fixedPort(name, env) {
  const text = env[variable(name)];
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${variable(name)} must be a port number from 1 to 65535, not "${text}".`);
  return port;
}
