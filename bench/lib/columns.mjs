/**
 * What a scenario measures. `toBase`: how a row stands to the scenario's base row, by `ratio` or `difference`; `better`:
 * which way it should go, for the regression check.
 */
export const RATE = { key: 'eventsPerSecond', title: 'events/s', digits: 0, toBase: 'ratio', better: 'more' };
export const CPU = {
  key: 'cpuMicrosecondsPerEvent',
  title: 'CPU µs/event',
  digits: 1,
  toBase: 'ratio',
  better: 'less',
};
export const PEAK = { key: 'peakMegabytes', title: 'peak MB', digits: 0, better: 'less' };
/** What the servers take for an event on the same cores; of an idle server next to nothing. */
export const BROKER_CPU = { key: 'brokerMicrosecondsPerEvent', title: 'broker µs/event', digits: 0 };
export const MONGODB_CPU = { key: 'mongodbMicrosecondsPerEvent', title: 'MongoDB µs/event', digits: 0 };
export const THROUGHPUT = [RATE, CPU, PEAK, BROKER_CPU, MONGODB_CPU];
