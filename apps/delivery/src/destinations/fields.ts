/** What the configs of destinations are built of. */
export { headerName, secretHeaders, secretText } from '@signalbox/adapter-config';
