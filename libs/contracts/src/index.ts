export * from './admin.dto.js';
export * from './change-event.js';
export * from './names.js';
export * from './namespace.js';
export * from './operation.js';
export * from './pattern.js';
export * from './position.js';
export * from './group-registration.js';
