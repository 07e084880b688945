import { z } from 'zod'
import { Refused } from '../kernel/refused.ts'
import { readAssertion, type Assertion } from './assertion.ts'
import { INSTANCES, type Instance, type JourneyKind } from './events.ts'

/** What a partner states of one journey through their app. The limits are the product's: each run costs the operator time. */

const MOST_STEPS = 30
const MOST_ASSERTIONS = 30
const MOST_FILES = 20
const MOST_CHARACTERS = 200_000
const MOST_VARIABLES = 30
const SHORTEST_MINUTES = 15
const LONGEST_MINUTES = 24 * 60

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,59}$/
const FILE = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}\/){0,4}[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}\.(?:[cm]?[jt]sx?|json)$/
/** Our own, which no partner's file takes the place of. */
const OWN_FILES = ['playwright.config.mjs', 'node_modules']
/** Names that would change how the runner itself works. */
const OWN_NAMES = /^(?:NODE_|PW_?|PLAYWRIGHT|LD_|PATH$|HOME$|TMPDIR$|CI$|DEBUG$|TZ$|LANG$)/i

const Variables = z
  .record(z.string().regex(NAME, 'a name has letters, digits and _'), z.string().max(2_000))
  .refine((given) => Object.keys(given).length <= MOST_VARIABLES, `at most ${MOST_VARIABLES}`)

const Step = z.strictObject({
  name: z.string().trim().min(1).max(200).meta({ description: 'What is done, for people.' }),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  url: z
    .string()
    .min(1)
    .max(2_000)
    .meta({ description: 'Address, or path from the base URL. {{NAME}} stands for a variable, here and in headers and body.' }),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'this is no name of a header'), z.string().max(4_000))
    .refine((given) => Object.keys(given).length <= 30, 'at most 30')
    .default({}),
  body: z.string().max(64_000).optional(),
  assert: z
    .array(z.string().max(500))
    .min(1)
    .max(MOST_ASSERTIONS)
    .meta({ description: 'What the answer has to be like, such as: status = 200; json /items length > 0; total < 3 s.' }),
  keep: z
    .record(z.string().regex(NAME, 'a name has letters, digits and _'), z.string().max(300))
    .refine((given) => Object.keys(given).length <= 10, 'at most 10')
    .default({})
    .meta({ description: 'Variables for later steps, each from a place in the JSON answer: {"ID": "/items/0/id"}.' }),
})

/** The shape in which journeys are stated and read. */
export const JourneyStated = z
  .strictObject({
    title: z.string().trim().min(1).max(200),
    every_minutes: z.int().min(SHORTEST_MINUTES).max(LONGEST_MINUTES).default(60),
    instances: z
      .partialRecord(
        z.enum(INSTANCES),
        z.strictObject({ base_url: z.url({ protocol: /^https?$/ }).max(500), variables: Variables.default({}) }),
      )
      .refine((given) => given.production !== undefined, 'a journey runs in production at least')
      .meta({ description: 'Where it runs: production, and early-rollout where the host offers it.' }),
    http: z.strictObject({ steps: z.array(Step).min(1).max(MOST_STEPS) }).optional(),
    browser: z
      .strictObject({
        files: z.record(z.string().max(300), z.string().max(MOST_CHARACTERS)).meta({
          description: 'Playwright Test files by name, unchanged; those that end in .spec.ts or .test.ts are run.',
        }),
      })
      .optional(),
  })
  .meta({ id: 'Journey' })

export type JourneyStated = z.infer<typeof JourneyStated>

/** A journey that can be run. */
export type Journey = JourneyStated & { readonly kind: JourneyKind }

/** Reads what was stated, or refuses it with the first place that cannot be meant. */
export function readJourney(stated: JourneyStated): Journey {
  const { http, browser } = stated
  if ((http === undefined) === (browser === undefined)) {
    throw new Refused('journeys.kind', 'A journey is either "http" with steps or "browser" with Playwright Test files.', 'http')
  }
  if (http !== undefined) {
    for (const [place, step] of http.steps.entries()) {
      assertionsOf(step, place)
      for (const [name, pointer] of Object.entries(step.keep)) {
        if (!pointer.startsWith('/')) {
          throw new Refused('journeys.keep', `"${pointer}" is no place in JSON; it starts with /.`, `http.steps[${place}].keep.${name}`)
        }
      }
    }
    return { ...stated, kind: 'http' }
  }
  checkFiles(browser?.files ?? {})
  for (const [instance, { variables }] of Object.entries(stated.instances)) {
    const taken = Object.keys(variables).find((name) => OWN_NAMES.test(name))
    if (taken !== undefined) {
      throw new Refused(
        'journeys.variable',
        `"${taken}" belongs to the test runner; choose another name.`,
        `instances.${instance}.variables`,
      )
    }
  }
  return { ...stated, kind: 'browser' }
}

type StepStated = NonNullable<JourneyStated['http']>['steps'][number]

/** The assertions of a step, read. */
export const assertionsOf = (step: StepStated, place: number): readonly Assertion[] =>
  step.assert.map((text, at) => readAssertion(text, `http.steps[${place}].assert[${at}]`))

function checkFiles(files: { readonly [name: string]: string }): void {
  const names = Object.keys(files)
  if (names.length > MOST_FILES)
    throw new Refused('journeys.files', `${names.length} files are too many; ${MOST_FILES} are taken.`, 'browser.files')
  const size = Object.values(files).reduce((sum, text) => sum + text.length, 0)
  if (size > MOST_CHARACTERS) {
    throw new Refused('journeys.files', `${size} characters are too many; ${MOST_CHARACTERS} are taken.`, 'browser.files')
  }
  const wrong = names.find((name) => !FILE.test(name) || OWN_FILES.some((own) => name === own || name.startsWith(`${own}/`)))
  if (wrong !== undefined) {
    throw new Refused(
      'journeys.files',
      `"${wrong.slice(0, 100)}" is no name of a file here; use names such as pages/templates.spec.ts.`,
      'browser.files',
    )
  }
  if (!names.some((name) => /\.(?:spec|test)\.[cm]?[jt]sx?$/.test(name))) {
    throw new Refused('journeys.files', 'No file is a test: name it something.spec.ts.', 'browser.files')
  }
}

/** The instances of a journey, in the order of the vocabulary. */
export const instancesOf = (stated: JourneyStated): readonly Instance[] => INSTANCES.filter((one) => stated.instances[one] !== undefined)
