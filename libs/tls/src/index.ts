export * from './pem.file.js';
export * from './tls-failed.error.js';
export * from './tls-failure.policy.js';
export * from './tls-file-invalid.error.js';
export * from './tls-files.js';
export * from './tls-files.policy.js';
export * from './tls-files.source.js';
