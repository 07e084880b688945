import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { completeness, fieldsOf, missing, readAnswers, scored } from '../../server/src/assessments/form.ts'
import { readDescriptor } from '../../server/src/directory/descriptors/read.ts'
import type { JsonObject } from '../../server/src/kernel/json.ts'
import { sha256Bytes } from '../../server/src/platform/crypto.ts'
import { loadPack } from '../../server/src/programmes/load.ts'
import { descriptor, ISSUE_TEMPLATES } from './server/connect.ts'

const here = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8')

describe('the descriptors', () => {
  it('the Forge manifest reads without a remark: declared scopes, one remote, a supported runtime', () => {
    const { description } = readDescriptor(readFileSync(join(import.meta.dirname, 'manifest.yml')), sha256Bytes)
    expect(description).toMatchObject({
      platform: 'forge',
      name: 'Issue Templates',
      base_urls: ['https://templates.example.eu'],
      scopes: ['read:jira-work', 'write:jira-work', 'read:app-user-token'],
      remarks: [],
    })
    expect(description.runtime).toMatch(/^nodejs2[24]/)
  })

  it('the Connect descriptor reads without a remark, and its hooks and pages are all found', () => {
    const text = JSON.stringify(descriptor('https://templates.example.eu', ISSUE_TEMPLATES))
    const { description } = readDescriptor(Buffer.from(text), sha256Bytes)
    expect(description).toMatchObject({ platform: 'connect', authentication: 'jwt', hosting: 'remote', remarks: [] })
    expect(description.endpoints.map(({ kind }) => kind).sort()).toEqual(['admin-page', 'admin-page', 'install', 'page', 'uninstall'])
  })

  it('each scope of the manifest is justified in the answers to the form', () => {
    const { description } = readDescriptor(readFileSync(join(import.meta.dirname, 'manifest.yml')), sha256Bytes)
    const answers = parse(here('privacy-and-security.yaml')) as JsonObject
    for (const scope of description.scopes) expect(answers['security.permissionsJustification']).toContain(scope)
  })
})

describe('the answers to the Privacy & Security form', () => {
  const packs = join(import.meta.dirname, '../../programmes')
  const form = readdirSync(packs, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => loadPack(join(packs, entry.name)).catalogues.at(-1)?.forms ?? [])
    .find(({ id }) => id === 'privacy-and-security')
  if (form === undefined) throw new Error('no programme has the form')
  const given = parse(here('privacy-and-security.yaml')) as JsonObject

  it('answer all 33 questions that are asked, and none that is not', () => {
    expect(fieldsOf(form)).toHaveLength(33)
    const { answers, mistakes } = readAnswers(form, given)
    expect(mistakes).toEqual([])
    expect(missing(form, answers)).toEqual([])
    expect(completeness(form, answers)).toBe(1)
  })

  it('bring no failure by themselves', () => {
    expect(scored(form, readAnswers(form, given).answers).filter(({ result }) => result === 'fail')).toEqual([])
  })
})

describe('the guides', () => {
  const names = ['getting-started', 'creating-templates', 'using-templates', 'variables', 'links-between-issues']

  it('are the five that the contents name, each with something to say', () => {
    const contents = here('guides/README.md')
    expect([...contents.matchAll(/\(([\w-]+)\.md\)/g)].map(([, name]) => name)).toEqual(names)
    for (const name of names) expect(here(`guides/${name}.md`).split(/\s+/).length, name).toBeGreaterThan(150)
  })

  it('lead to each other by links that exist', () => {
    for (const name of names) {
      for (const [, target, anchor] of here(`guides/${name}.md`).matchAll(/\]\(([\w-]+)\.md(?:#([\w-]+))?\)/g)) {
        const text = here(`guides/${target ?? ''}.md`)
        const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
          (title ?? '')
            .toLowerCase()
            .replaceAll(/[^\w -]/g, '')
            .replaceAll(' ', '-'),
        )
        if (anchor !== undefined) expect(anchors, `${name} → ${target ?? ''}#${anchor}`).toContain(anchor)
      }
    }
  })
})
