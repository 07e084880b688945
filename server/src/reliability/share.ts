/**
 * A share of good samples in per cent with so many decimals, cut off and never rounded up: 40,279 of 40,320 is 99.89, since
 * 99.9 would say that an objective is held which is lost. Null when nothing was judged.
 */
export function percentOf(good: number, total: number, decimals = 2): string | null {
  if (total === 0) return null
  const scaled = (BigInt(good) * 100n * 10n ** BigInt(decimals)) / BigInt(total)
  const digits = scaled.toString().padStart(decimals + 1, '0')
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
