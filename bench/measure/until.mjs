/** Asks again every `everyMs` until the answer is true; throws after `withinMs`. */
export async function until(what, isSo, { everyMs = 5, withinMs = 120_000 } = {}) {
  for (const deadline = Date.now() + withinMs; !(await isSo());) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs / 1_000} s in vain until ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, everyMs); });
  }
}
