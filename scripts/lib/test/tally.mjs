/** What the parts of a test run add up to. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = [];
  /** Passed at another try. */
  unsteady = [];

  add({ passed = 0, failed = 0, skipped = [], unsteady = [] }) {
    this.passed += passed;
    this.failed += failed;
    this.skipped.push(...skipped);
    this.unsteady.push(...unsteady);
  }

  /** A run without a single test that passed shows nothing, and is no success. */
  get isFine() {
    return this.failed === 0 && this.passed > 0;
  }

  toString() {
    const skipped = this.skipped.length > 0 ? `, ${this.skipped.length} skipped` : '';
    const unsteady = this.unsteady.length > 0 ? `, ${this.unsteady.length} of them at the second try` : '';
    return `${this.passed} passed${unsteady}, ${this.failed} failed${skipped}`;
  }
}
