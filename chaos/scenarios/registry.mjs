import { crashPoints } from './crash-points.mjs';
import { random } from './random.mjs';
import { replays } from './replays.mjs';

/** In the order in which `--all` plays them. */
export const SCENARIOS = [random, crashPoints, replays];
