/**
 * What Node is given wherever an app is started: room for young objects, of which V8 would take twice as much from Node 24
 * on, and would then let more outside memory gather than it allows before a full collection.
 */
export const NODE_FLAGS = ['--max-semi-space-size=16'];
