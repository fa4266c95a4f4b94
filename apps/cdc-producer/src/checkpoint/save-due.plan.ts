/** What has come since the last save. */
export interface Unsaved {
  /** Confirmed events that are not saved; none where only the reading has moved on. */
  readonly events: number;
  readonly sinceSaveMs: number;
  /** Nothing is saved yet, or somebody waits for all to be saved. */
  readonly isAwaited: boolean;
}

export interface SaveSettings {
  readonly windowSize: number;
  readonly idleCheckpointMs: number;
}

/** Events wait no longer than this to be saved. */
const SAVE_MS = 100;

/** Milliseconds until it should be saved; zero or less: now. */
export function saveDueInMs({ events, sinceSaveMs, isAwaited }: Unsaved, settings: SaveSettings): number {
  if (isAwaited) return 0;
  if (events === 0) return Math.ceil(settings.idleCheckpointMs - sinceSaveMs);
  // Without room nothing more is published: save before the window has run full of unsaved events.
  if (events >= settings.windowSize / 4) return 0;
  return Math.ceil(SAVE_MS - sinceSaveMs);
}
