import { Zone } from '@signalbox/calendar';
import { instantOfMoment } from './moments.js';
import { LONGEST_DAYS, type Layer, type Rotation } from './schedule.js';

export interface Fault { readonly path: string; readonly message: string }

const LONGEST: Readonly<Record<Rotation['type'], { readonly most: number; readonly unit: string }>> = {
  daily: { most: LONGEST_DAYS, unit: 'days' }, weekly: { most: 52, unit: 'weeks' }, custom: { most: LONGEST_DAYS * 24, unit: 'hours' },
};

/** What is wrong with layers whose fields are each right, as faults below `layers`. */
export function layerFaults(layers: readonly Layer[], timeZone: string): Fault[] {
  return layers.flatMap((layer, index) => {
    const path = `layers[${index}]`;
    const faults = rotationFaults(layer.rotation, `${path}.rotation`);
    if (layers.findIndex(({ id }) => id === layer.id) < index) faults.push({ path: `${path}.id`, message: 'is the id of an earlier layer too' });
    const zone = Zone.of(timeZone);
    const { startsAt, endsAt } = layer;
    const isBackwards = endsAt !== undefined && instantOfMoment(endsAt, zone) <= instantOfMoment(startsAt, zone);
    if (isBackwards) faults.push({ path: `${path}.endsAt`, message: 'must be after startsAt' });
    return faults;
  });
}

function rotationFaults({ type, length, handOffWeekday }: Rotation, path: string): Fault[] {
  const faults: Fault[] = [];
  const { most, unit } = LONGEST[type];
  if (length > most) faults.push({ path: `${path}.length`, message: `must be at most ${most} ${unit}` });
  if (type === 'weekly' && handOffWeekday === undefined) faults.push({ path: `${path}.handOffWeekday`, message: 'must be given for a weekly rotation' });
  if (type !== 'weekly' && handOffWeekday !== undefined) faults.push({ path: `${path}.handOffWeekday`, message: 'is for weekly rotations' });
  return faults;
}
