import { text, type Fields } from '../reading.js';

/** What an alert carries beside its fields, by title: help.splunk.com, "Rules engine: annotations". */
export interface Annotations {
  readonly links: readonly Fields[];
  readonly images: readonly Fields[];
  readonly notes: Fields;
}

/** `vo_annotate.u.<title>` is an address, `.i.` an image, `.s.` a note; in an outgoing webhook `ALERT.` stands before it. */
const ANNOTATION = /^(?:alert\.)?vo_annotate\.([uis])\.(.{1,255})$/i;

/** The annotations of a body. */
export function annotationsOf(body: Fields): Annotations {
  const links: Fields[] = [];
  const images: Fields[] = [];
  const notes: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    const [, kind, title] = ANNOTATION.exec(name) ?? [];
    const said = text(value);
    if (kind === undefined || title === undefined || said === undefined) continue;
    switch (kind.toLowerCase()) {
      case 'u': links.push({ href: said, text: title }); break;
      case 'i': images.push({ src: said, alt: title }); break;
      default: Object.defineProperty(notes, title, { value: said, enumerable: true, configurable: true, writable: true });
    }
  }
  return { links, images, notes };
}
