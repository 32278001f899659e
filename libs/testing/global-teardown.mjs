export default () => globalThis.signalboxTestPostgres?.stop();
