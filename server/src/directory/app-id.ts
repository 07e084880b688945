/** An app's id in addresses: short, lower case, made from its name or the last part of its key. */
export function slugOf(name: string | null, key: string | null): string {
  const last = key?.split(/[./:]/).at(-1) ?? ''
  for (const candidate of [name ?? '', last, key ?? '']) {
    const slug = candidate
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, LONGEST)
      .replace(/-+$/, '')
    if (slug.length >= 2) return slug
  }
  return 'app'
}

/** The first of `slug`, `slug-2`, `slug-3` … that is not taken. */
export function freeSlug(slug: string, taken: (id: string) => boolean): string {
  if (!taken(slug)) return slug
  let number = 2
  while (taken(`${slug}-${number}`)) number += 1
  return `${slug}-${number}`
}

const LONGEST = 60

/** What stands in an address: also what a person may choose. */
export const APP_ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/
