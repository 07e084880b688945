// The local target of the probe benchmarks, in a process of its own so that its work is not counted: answers 200 to everything.
import { createServer } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { authority } from '../server/demo/certificate.ts'

const BODY = '{"status":"ok"}'
const HEADERS = { 'content-type': 'application/json', 'content-length': String(BODY.length) }
const answer = (_, response) => response.writeHead(200, HEADERS).end(BODY)

if (process.argv[2] === 'serve') {
  const yesterday = new Date(Date.now() - 86_400_000)
  const ca = authority('Castellan bench', yesterday, 30)
  const leaf = ca.issue(['localhost'], ['127.0.0.1'], yesterday, 20)
  const secure = process.argv[3] === 'https'
  const server = secure ? createSecure({ key: leaf.key, cert: leaf.certificate }, answer) : createServer(answer)
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port, ca: ca.certificate }))
  process.on('disconnect', () => process.exit(0))
}

/** Starts the target; its address, the authority of its certificate, and how to end it. */
export async function startTarget(scheme) {
  const child = fork(import.meta.filename, ['serve', scheme], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [{ port, ca }] = await once(child, 'message')
  return { url: `${scheme}://127.0.0.1:${port}/health`, port, ca, stop: () => child.disconnect() }
}

/** Calls work so many times, at most so many at once. */
export async function manyTimes(times, at_once, work) {
  let started = 0
  const worker = async () => {
    while (started < times) {
      started += 1
      await work()
    }
  }
  await Promise.all(Array.from({ length: at_once }, worker))
}

/** CPU seconds of this process (all its threads) and seconds by the wall that work takes. */
export async function costOf(work) {
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await work()
  const used = process.cpuUsage(cpu)
  return {
    cpu_s: (used.user + used.system) / 1e6,
    wall_s: (performance.now() - begun) / 1_000,
    rss_mb: process.memoryUsage.rss() / 2 ** 20,
  }
}
