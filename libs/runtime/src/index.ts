export { HouseSettings, Secret, Port, Flag, ConfigError, parseConfig, printable, type HouseConfig } from './config.js';
export { Health, type Check } from './health.js';
export { Metrics } from './metrics.js';
export { createLogger, type Logger } from './logger.js';
export { type FrontHandler } from './http.js';
export { houseProviders } from './providers.js';
export {
  describeService, runService, startService, type Assembly, type Background,
  type RunningService, type ServiceContext, type ServiceDefinition,
} from './service.js';
