import type { House, Job, JobStatus } from './house.ts'

/** Runs jobs until it is stopped, each on its own and never twice at once. What fails is told in the overview and tried again. */
export function startJobs(house: House, jobs: readonly Job[]): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController()
  const running = jobs.map((job) => runJob(house, job, stopping.signal))
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all(running)
    },
  }
}

async function runJob(house: House, job: Job, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const before = house.jobs.get(job.name)
    try {
      await job.run(house, signal)
      house.jobs.set(job.name, {
        name: job.name,
        ran_at: house.clock.now(),
        failed_at: before?.failed_at ?? null,
        told: null,
      } satisfies JobStatus)
    } catch (error) {
      if (signal.aborted) return
      house.log.error({ err: error, job: job.name }, 'a job failed')
      const told = error instanceof Error ? error.message : String(error)
      house.jobs.set(job.name, { name: job.name, ran_at: before?.ran_at ?? null, failed_at: house.clock.now(), told })
    }
    await pause(job.every_ms, signal)
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
