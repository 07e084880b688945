/** Switches that make the app misbehave, for trying out what watches it. None is on unless asked for. */
export const FAULTS = ['slow', 'dead', 'flaky', 'insecure-headers', 'insecure-pages', 'insecure-install', 'store-down'] as const

export type Fault = (typeof FAULTS)[number]

/** The faults that are on. Set by `FAULTS=slow,flaky` at start or, while running, over the control port (loopback only). */
export class Faults {
  readonly #on = new Set<Fault>()
  #count = 0

  constructor(named: string) {
    for (const name of named
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''))
      this.set(name, true)
  }

  /** Turns a fault on or off; refuses names that are none. */
  set(name: string, on: boolean): void {
    const fault = FAULTS.find((known) => known === name)
    if (fault === undefined) throw new Error(`"${name}" is no fault; there are: ${FAULTS.join(', ')}`)
    if (on) this.#on.add(fault)
    else this.#on.delete(fault)
  }

  is(fault: Fault): boolean {
    return this.#on.has(fault)
  }

  list(): readonly Fault[] {
    return [...this.#on]
  }

  /** A flaky app fails every third request: regular, so that a test can count. */
  failsNow(): boolean {
    this.#count++
    return this.is('flaky') && this.#count % 3 === 0
  }
}
