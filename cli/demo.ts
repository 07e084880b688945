import { Command } from 'commander'
import { askServer } from './control.ts'

type Told = { readonly now: string; readonly apps: readonly { readonly app: string; readonly faults: readonly string[] }[] }

/** `castellan demo`: the demo marketplace, and what can be done to it while it runs. */
export function demoCommand(): Command {
  const demo = new Command('demo').description('serves the demo marketplace (what `npm start` does)').action(async () => {
    const { runDemo } = await import('../server/src/main.ts')
    return runDemo(process.env)
  })
  demo
    .command('advance')
    .description('moves the demo’s clock on; everything that falls due on the way happens')
    .argument('<span>', 'such as 1h, 2d or PT90M')
    .action(async (span: string) => {
      const { now } = await askServer<{ readonly now: string }>('/control/demo/advance', { by: isoSpan(span) })
      process.stdout.write(`The demo's clock says ${now}\n`)
    })
  for (const [name, on] of [
    ['break', true],
    ['mend', false],
  ] as const) {
    demo
      .command(name)
      .description(on ? 'makes an app of the demo misbehave' : 'makes it behave again')
      .argument('<app>', 'its id, as in the directory')
      .argument('<fault>', 'slow, dead, flaky, store-down, insecure-headers, insecure-pages or insecure-install')
      .action(async (app: string, fault: string) => {
        const told = await askServer<{ readonly on: readonly string[] }>('/control/demo/fault', { app, fault, on })
        process.stdout.write(`${app}: ${told.on.length === 0 ? 'behaves' : told.on.join(', ')}\n`)
      })
  }
  demo
    .command('status')
    .description('prints what the demo’s clock says and how its apps behave')
    .action(async () => {
      const told = await askServer<Told>('/control/demo')
      process.stdout.write(`${told.now}\n`)
      const width = Math.max(...told.apps.map(({ app }) => app.length))
      for (const { app, faults } of told.apps)
        process.stdout.write(`  ${app.padEnd(width)}  ${faults.length === 0 ? 'behaves' : faults.join(', ')}\n`)
    })
  return demo
}

/** People write 1h and 2d; ISO 8601 writes PT1H and P2D. */
function isoSpan(text: string): string {
  const read = /^(\d+)\s*(m|min|h|d|w)$/i.exec(text.trim())
  if (read === null) return text
  const [, count = '', unit = ''] = read
  switch (unit.toLowerCase()) {
    case 'h':
      return `PT${count}H`
    case 'd':
      return `P${count}D`
    case 'w':
      return `P${count}W`
    default:
      return `PT${count}M`
  }
}
