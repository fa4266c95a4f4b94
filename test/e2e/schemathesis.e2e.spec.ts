import { createHash, randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManyCallers } from '../harness/many.callers.js';
import { aRunningSystem, type RunningSystem } from '../harness/running.system.js';
import { schemathesis, tryWithSchemathesis } from '../harness/schemathesis.js';

/** A few, always the same, in `npm test`; `npm run test:schemathesis` tries many, each time others. */
const LONG = process.env['SCHEMATHESIS_EXAMPLES'];
const EXAMPLES = Number(LONG ?? 2);
const SEED = Number(process.env['SCHEMATHESIS_SEED'] ?? (LONG === undefined ? 20_260_302 : randomInt(2 ** 31)));
const TIMEOUT_MS = LONG === undefined ? 900_000 : 60 * 60_000;

const { command, missing } = schemathesis();
const secret = { viewer: randomBytes(24).toString('hex'), operator: randomBytes(24).toString('hex') };

/** Who asks; where nobody may do a thing, nothing but the refusal can differ from call to call. */
const LESS = LONG === undefined ? { phases: ['fuzzing'], examples: 1 } : { phases: undefined, examples: EXAMPLES };
const CALLERS = [
  { who: 'operator', phases: undefined, examples: EXAMPLES },
  { who: 'viewer', ...LESS },
  { who: 'nobody', ...LESS },
] as const;

describe.skipIf(command === undefined)(`schemathesis${missing && ` (not here: ${missing})`}`, () => {
  let system: RunningSystem;
  beforeAll(async () => {
    const tokens = Object.entries(secret).map(
      ([role, text]) => `${role}:${role}:${createHash('sha256').update(text).digest('hex')}`,
    );
    const env = { ADMIN_TOKENS: tokens.join(',') };
    system = await aRunningSystem({ producerEnv: env, consumerEnv: env });
    console.log(`schemathesis: SCHEMATHESIS_EXAMPLES=${EXAMPLES} SCHEMATHESIS_SEED=${SEED}`);
  });
  afterAll(() => system?.stop());

  it.concurrent.each(['producer', 'consumer'] as const)(
    'finds nothing in cdc-%s, as an operator, a viewer and nobody',
    async (name) => {
      const callers = await ManyCallers.of(await system[name].url());
      for (const { who, phases, examples } of CALLERS) {
        const { code, output } = await tryWithSchemathesis(command ?? [], callers.url, {
          examples,
          seed: SEED,
          folder: system.folder,
          ...(phases === undefined ? {} : { phases }),
          ...(who === 'nobody' ? {} : { headers: { Authorization: `Bearer ${secret[who]}` } }),
        });
        expect(code, `as ${who}: ${output}`).toBe(0);
      }
      await callers.stop();
    },
    TIMEOUT_MS,
  );
});
