/** What the parts of a test run add up to. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = [];

  add({ passed = 0, failed = 0, skipped = [] }) {
    this.passed += passed;
    this.failed += failed;
    this.skipped.push(...skipped);
  }

  /** A run without a single test that passed shows nothing, and is no success. */
  get isFine() {
    return this.failed === 0 && this.passed > 0;
  }

  toString() {
    const skipped = this.skipped.length > 0 ? `, ${this.skipped.length} skipped` : '';
    return `${this.passed} passed, ${this.failed} failed${skipped}`;
  }
}
