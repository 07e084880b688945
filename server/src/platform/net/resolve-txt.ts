import { Resolver } from 'node:dns/promises'

const TIMEOUT_MS = 3_000
const TRIES = 2

/** TXT records of a name, by a resolver of our own with a time limit. */
export const resolveTxt = async (name: string): Promise<readonly (readonly string[])[]> =>
  new Resolver({ timeout: TIMEOUT_MS, tries: TRIES }).resolveTxt(name)
