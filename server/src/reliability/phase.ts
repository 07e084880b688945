/**
 * Where in its minute an app is asked: always the same place for the same name, spread evenly over all of them, so that a
 * thousand apps are not asked in one second and each is asked every sixty.
 */
export function phaseOf(name: string, period_ms: number): number {
  // FNV-1a with the finish of MurmurHash3: names that differ in their last letter only must not lie side by side.
  let hash = 0x811c9dc5
  for (let place = 0; place < name.length; place++) hash = Math.imul(hash ^ name.charCodeAt(place), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return Math.floor((((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32) * period_ms)
}
