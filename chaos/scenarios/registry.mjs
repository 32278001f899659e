import { cluster } from './cluster.mjs';
import { crashPoints } from './crash-points.mjs';
import { escalations } from './escalations.mjs';
import { fullStream } from './full-stream.mjs';
import { random } from './random.mjs';
import { readOnly } from './read-only.mjs';
import { replays } from './replays.mjs';
import { replicas } from './replicas.mjs';

/** In the order in which `--all` plays them. */
export const SCENARIOS = [random, crashPoints, replays, fullStream, readOnly, replicas, escalations, cluster];
