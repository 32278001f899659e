export default () => globalThis.signalboxE2e?.stop();
