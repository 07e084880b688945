/** Chance that a seed repeats exactly, on every machine. */
export type Chance = {
  /** From 0 up to but not including 1. */
  readonly share: () => number
  /** A whole number from `least` to `most`, both included. */
  readonly whole: (least: number, most: number) => number
  /** True that often. */
  readonly happens: (probability: number) => boolean
  readonly pick: <T>(from: readonly T[]) => T
  /** Exponentially distributed with that mean: the time to the next of events that come at random. */
  readonly wait: (mean: number) => number
  /** A stream of chance of its own, so that what one actor draws never shifts another's luck. */
  readonly fork: (name: string) => Chance
}

/** sfc32 (PractRand), seeded by splitmix32 over the seed and the name. */
export function chanceOf(seed: number, name = ''): Chance {
  const mix = splitmix(hashOf(`${seed}|${name}`))
  let [a, b, c, counter] = [mix(), mix(), mix(), 1]
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  // The first draws still show the seed.
  for (let turn = 0; turn < 12; turn++) next()
  return {
    share: next,
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    happens: (probability) => next() < probability,
    pick: (from) => {
      const picked = from[Math.floor(next() * from.length)]
      if (picked === undefined) throw new Error('nothing to pick from')
      return picked
    },
    wait: (mean) => -Math.log(1 - next()) * mean,
    fork: (inner) => chanceOf(seed, `${name}/${inner}`),
  }
}

function splitmix(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  }
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let place = 0; place < text.length; place++) hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193)
  return hash
}
