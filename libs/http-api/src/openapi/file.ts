import { readFile, writeFile } from 'node:fs/promises';
import type { OpenApiDocument } from './document.js';

/** The text of a document as it is committed: paths and components in alphabetical order, so that a change is a small difference. */
export function openApiText(document: OpenApiDocument): string {
  const { paths, components, ...rest } = document;
  const sorted = {
    ...rest, paths: byKey(paths),
    components: Object.fromEntries(Object.entries(components).map(([kind, parts]) => [kind, byKey(parts as Record<string, unknown>)])),
  };
  return `${JSON.stringify(sorted, null, 2)}\n`;
}

/** Writes the committed document. */
export async function writeOpenApi(path: string, document: OpenApiDocument): Promise<void> {
  await writeFile(path, openApiText(document));
}

/** Compares the committed document with the code's: nothing when they agree, else where they first part. */
export async function checkOpenApi(path: string, document: OpenApiDocument): Promise<string | undefined> {
  const wanted = openApiText(document).split('\n');
  const committed = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const index = wanted.findIndex((line, n) => line !== committed[n]);
  if (index === -1 && wanted.length === committed.length) return undefined;
  const line = index === -1 ? wanted.length : index;
  const difference = `- ${committed[line] ?? '(end)'}\n+ ${wanted[line] ?? '(end)'}`;
  return `${path} is not what the code says, from line ${line + 1}:\n${difference}\nwrite it anew and commit it`;
}

function byKey<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
