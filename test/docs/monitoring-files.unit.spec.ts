import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MetricRegistry } from '@sluice/observability';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { consumerRegistry, producerRegistry } from './metric-registries.js';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: { readonly runbook?: string };
}
interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
}

const fileOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const textOf = (path: string) => readFileSync(fileOf(path), 'utf8');

const RULES = 'deploy/prometheus/sluice.rules.yml';
const RULE_TESTS = 'deploy/prometheus/sluice.rules.test.yml';
const { groups } = parse(textOf(RULES)) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(textOf('deploy/grafana/sluice.json')) as Dashboard;
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
];

/** Everything that a scrape of either app, or a recording rule, has a name for. */
let names: ReadonlySet<string>;
beforeAll(async () => {
  const declared = [...producerRegistry().describe(), ...consumerRegistry().describe()].flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  const own = [...(await new MetricRegistry().text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
  names = new Set([...declared, ...own, ...rules.flatMap(({ record }) => record ?? [])]);
});

it.each(['docs/metrics.md', 'deploy/prometheus/prometheus.example.yml'])(
  '%s has Prometheus scrape with a token of the role that may do nothing else',
  (path) => {
    const text = textOf(path);
    expect(text).toMatch(/role `?metrics/);
    expect(text, 'the token of an operator').not.toMatch(/ADMIN_TOKEN\b/);
  },
);

describe('the rules and the dashboard', () => {
  it('ask for metrics that exist', () => {
    const asked = expressions.flatMap((expr) => expr.match(/\b(?:sluice|process|nodejs)[_:][a-z0-9_:]+/g) ?? []);
    expect(asked.length).toBeGreaterThan(30);
    expect(asked.filter((name) => !names.has(name))).toEqual([]);
  });

  it('look for the processes by the jobs under which the example scrapes them', () => {
    const example = parse(textOf('deploy/prometheus/prometheus.example.yml')) as {
      scrape_configs: { job_name: string }[];
    };
    const scraped = example.scrape_configs.map(({ job_name }) => job_name);
    const asked = expressions.flatMap((expr) => expr.match(/\bup\{job=~"([^"]+)"/)?.[1]?.split('|') ?? []);
    expect(asked).toEqual(scraped);
  });

  it('have a section of the runbook for each alert, and none for what is no alert', () => {
    const page = textOf('docs/operations.md');
    const runbook = page.slice(page.indexOf('\n## Runbook'));
    const sections = [...runbook.matchAll(/^### (Sluice\w+)$/gm)].map(([, name]) => name);
    const alerts = rules.flatMap(({ alert }) => alert ?? []);
    expect(sections.sort()).toEqual([...alerts].sort());
    for (const { alert, annotations } of rules.filter((rule) => rule.alert !== undefined)) {
      expect(annotations?.runbook).toBe(`docs/operations.md#${alert?.toLowerCase()}`);
    }
  });

  it('have for each alert a case in which it fires and one in which it is silent', () => {
    const { tests } = parse(textOf(RULE_TESTS)) as { tests: { name: string }[] };
    const alerts = rules.flatMap(({ alert }) => alert ?? []);
    expect(tests.map(({ name }) => name)).toEqual(alerts.flatMap((name) => [`${name} fires`, `${name} stays silent`]));
  });
});

/** As `npm test` has found or fetched it, else the one on PATH. */
const { SLUICE_TEST_PROMTOOL: promtool = 'promtool', SLUICE_TEST_PROMTOOL_MISSING: reason } = process.env;
const hasPromtool = spawnSync(promtool, ['--version']).status === 0;
const missing = hasPromtool ? '' : ` (no promtool here: ${reason ?? '`npm test -- unit` fetches it'})`;

describe.skipIf(!hasPromtool)(`the rules${missing}`, () => {
  it.for([
    ['check', RULES],
    ['test', RULE_TESTS],
  ] as const)('pass promtool %s rules', ([command, file]) => {
    const { status, stdout, stderr } = spawnSync(promtool, [command, 'rules', fileOf(file)], { encoding: 'utf8' });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
});
