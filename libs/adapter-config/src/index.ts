export { choice, secretHeaders, secretText, type Described, type FieldKeywords } from './fields.js';
export { headerFaults, headerName, reservedHeaders } from './headers.js';
export { dotted, jsonPointer, type FaultStyle, type FieldFault } from './faults.js';
export { configFaults, validateConfig, type ConfigResult, type Configured, type ValidateOptions } from './validate.js';
export { MASK, configForm, maskConfig, mergeConfig, replaceConfig, secretsOf } from './secrets.js';
