import { randomInt } from 'node:crypto'
import { dropEnded } from '../../enrolment/credential.ts'
import type { House, Job } from '../../house.ts'
import { after, DAY_MS, HOUR_MS, SECOND_MS } from '../../kernel/time.ts'
import { smtpMailer, type Mailer } from '../../platform/mailer.ts'
import { deliverDue } from './deliver.ts'
import { forgetDelivered } from './state.ts'

/** Ended links, sessions and tokens are kept this long, for whoever wonders why they got in no more. */
const ENDED_KEPT_MS = 30 * DAY_MS

/** One mailer for each mail server of the settings. */
const MAILERS = new Map<string, Mailer>()

function mailerOf({ config }: House): Mailer | null {
  if (config.smtp_url === undefined) return null
  const mailer = MAILERS.get(config.smtp_url) ?? smtpMailer({ smtp_url: config.smtp_url, from: config.mail_from })
  MAILERS.set(config.smtp_url, mailer)
  return mailer
}

/** Delivers what is owed, and forgets what nobody needs any more. */
export const OUTBOX_JOBS: readonly Job[] = [
  {
    name: 'deliver',
    every_ms: 5 * SECOND_MS,
    run: (house, signal) => deliverDue(house, { mailer: mailerOf(house), chance: () => randomInt(1_000_000) / 1_000_000 }, signal),
  },
  {
    name: 'forget-delivered',
    every_ms: HOUR_MS,
    run: async (house) => {
      await house.act({ kind: 'machine', name: 'publishing.forget' }, 'deliver-due', {}, async (desk) => {
        await forgetDelivered(desk)
        await dropEnded(desk, after(desk.now, -ENDED_KEPT_MS))
      })
    },
  },
]
