import { runService } from '@signalbox/runtime';
import { assemble } from './app.module.js';
import { settings } from './config.js';

runService({ name: 'incidents', settings, assemble });
