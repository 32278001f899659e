/** What the configs of destinations are built of. */
export { secretHeaders, secretText } from '@signalbox/adapter-config';
