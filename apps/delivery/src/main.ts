import { runService } from '@signalbox/runtime';
import { service } from './app.module.js';

runService(service);
