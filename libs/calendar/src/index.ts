export { DAY_MS, plusMonths } from './wall.js';
export { Zone, isTimeZone } from './zone.js';
