/** The client's states in a person's words. */
const WORDS = {
  connecting: ['reconnecting', 'connecting …'],
  open: ['connected', 'connected'],
  waiting: ['reconnecting', 'reconnecting …'],
  disconnected: ['cut', 'cut'],
  closed: ['refused', 'ended'],
};
/** How long a passing state is shown after its last sign. */
const SHOWN_MS = { 'catching-up': 700, gap: 6_000 };

/** Whether what is shown is what there is: connected, catching up, reconnecting, or with a gap. */
export class StateSign {
  #place;
  #state = 'idle';
  #passing;

  constructor(place) {
    this.#place = place;
  }

  /** What the client says. */
  show(state, reason) {
    this.#state = state;
    this.#passing?.end();
    this.#write(...(WORDS[state] ?? [state, state]), reason?.message ?? '');
  }

  /** What came had happened a while ago. */
  catchUp() {
    if (this.#passing?.what !== 'gap') this.#pass('catching-up', 'catching up …', '');
  }

  /** Something may be missing. */
  gap() {
    this.#pass('gap', 'gap', 'some changes may be missing');
  }

  ask(text) {
    this.#write('idle', 'not connected', text);
  }

  #pass(what, word, text) {
    this.#passing?.end();
    this.#write(what, word, text);
    const timer = setTimeout(() => this.show(this.#state), SHOWN_MS[what]);
    this.#passing = {
      what,
      end: () => {
        clearTimeout(timer);
        this.#passing = undefined;
      },
    };
  }

  #write(what, word, text) {
    const [sign, says] = this.#place.children;
    this.#place.dataset.state = what;
    sign.textContent = word;
    says.textContent = text;
  }
}
