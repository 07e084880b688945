/** Forge runtimes by their support, from the platform's public documentation as it stood on that day. */
export const RUNTIMES: { readonly as_of: string; readonly supported: readonly string[]; readonly ended: readonly string[] } = {
  as_of: '2026-11-01',
  supported: ['nodejs20.x', 'nodejs22.x', 'nodejs24.x'],
  ended: ['nodejs18.x', 'nodejs16.x', 'nodejs14.x', 'nodejs12.x', 'sandbox'],
}
