import type { StrangerClient } from '../../platform/net/client.ts'

/** How hard one host may be asked. */
export type Politeness = { readonly connections: number; readonly per_second: number }

/** Puts a client behind a queue for each host: a few connections at once, a few requests a second. */
export function polite(
  client: StrangerClient,
  { connections, per_second }: Politeness,
  wait: (ms: number) => Promise<void>,
): StrangerClient {
  const hosts = new Map<string, { running: number; tokens: number; waiting: (() => void)[] }>()
  return {
    ...client,
    async fetch(request) {
      const host = URL.canParse(request.url) ? new URL(request.url).host : ''
      const queue = hosts.get(host) ?? { running: 0, tokens: per_second, waiting: [] }
      hosts.set(host, queue)
      if (queue.running >= connections) await new Promise<void>((resolve) => queue.waiting.push(resolve))
      queue.running += 1
      try {
        // A second's worth may go at once; each request then takes its share of a second to come back.
        if (queue.tokens > 0) queue.tokens -= 1
        else await wait(1_000 / per_second)
        void wait(1_000).then(() => {
          queue.tokens = Math.min(per_second, queue.tokens + 1)
        })
        return await client.fetch(request)
      } finally {
        queue.running -= 1
        queue.waiting.shift()?.()
      }
    },
  }
}
