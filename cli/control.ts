import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Refused } from '../server/src/kernel/refused.ts'
import { readControl } from '../server/src/platform/control.ts'

/** The directories in which a server's door may be found: the one that was named, else the usual one, else the demo's. */
function directories(environment: NodeJS.ProcessEnv): readonly string[] {
  const named = environment['CASTELLAN_DATA']
  if (named !== undefined && named !== '') return [resolve(named)]
  return [join(homedir(), '.castellan'), join(import.meta.dirname, '../.castellan/demo')]
}

/** Asks the server that runs on this machine, through the door that only its owner may use. */
export async function askServer<T>(path: string, body?: object): Promise<T> {
  const control = findControl()
  let answer: Response
  try {
    answer = await fetch(`${control.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-castellan-control': control.key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new Refused('control.no_server', `The server at ${control.url} (process ${control.pid}) does not answer: ${why}. Start it again.`)
  }
  const told = (await answer.json()) as T & { readonly detail?: string; readonly code?: string }
  if (!answer.ok) throw new Refused(told.code ?? 'control.refused', told.detail ?? `the server answered ${answer.status}`)
  return told
}

function findControl() {
  const places = directories(process.env)
  for (const [place, directory] of places.entries()) {
    try {
      return readControl(directory)
    } catch (error) {
      if (place === places.length - 1) throw error
    }
  }
  throw new Error('there is always one place to look')
}
