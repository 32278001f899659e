/** The value of the first of some tags (`service:checkout`) that a list of them has. */
export function tagged(tags: readonly string[], ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = tags.find((tag) => tag.toLowerCase().startsWith(`${name}:`) && tag.length > name.length + 1);
    if (found !== undefined) return found.slice(name.length + 1);
  }
  return undefined;
}
