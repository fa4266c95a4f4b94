/**
 * Every scenario, in the order of the report. Known before anything is installed or built, so that a wrong argument is
 * refused at once.
 */
export const SCENARIO_NAMES = [
  'producer-600',
  'producer-5000',
  'producer-50000',
  'consumer',
  'mirror',
  'poison',
  'end-to-end',
  'latency',
  'headline',
  'memory',
  'realtime',
  'codec',
  'growth-size',
  'growth-streams',
  'growth-partitions',
  'growth-lanes',
  'growth-backlog',
  'traces',
  'profile',
  'allocations',
];
