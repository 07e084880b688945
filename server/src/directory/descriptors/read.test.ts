import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isRefused } from '../../kernel/refused.ts'
import { readDescriptor, withBaseUrls } from './read.ts'

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const
const read = (text: string) => readDescriptor(new TextEncoder().encode(text), sha256).description
const json = (value: unknown) => read(JSON.stringify(value))

function refusal(act: () => unknown): { code: string; message: string; where: string | undefined } {
  try {
    act()
  } catch (error) {
    if (isRefused(error)) return { code: error.code, message: error.message, where: error.where }
    throw error
  }
  throw new Error('nothing was refused')
}

const connect = {
  key: 'com.example.tidy',
  name: 'Tidy',
  vendor: { name: 'Example Ltd' },
  baseUrl: 'https://app.example.com/base',
  authentication: { type: 'JWT' },
  lifecycle: { installed: '/hooks/tenant', uninstalled: '/gone' },
  scopes: ['read', 'ADMIN'],
  modules: {
    generalPages: [{ key: 'a', url: '/page?issue={issue.key}&user=${user.id}', icon: { url: '/icon.png' } }],
    configurePage: { key: 'c', url: 'configure' },
    webItems: [{ key: 'w', url: 'https://elsewhere.example/path', conditions: [{ condition: 'user_is_admin' }] }],
    webhooks: [{ event: '*', url: '/webhook' }],
    jiraEntityProperties: [{ keys: [{ url: '/nested' }] }],
    macros: [
      { url: '/cached', cacheable: true },
      { templateUrl: '/template', conditions: [{ condition: '/condition?x={a}' }] },
    ],
  },
}

describe('a Connect descriptor', () => {
  it('tells lifecycle hooks by their role, whatever their path', () => {
    const hooks = json(connect).endpoints.filter((endpoint) => endpoint.module === 'lifecycle')
    expect(hooks.map((hook) => [hook.kind, hook.url])).toEqual([
      ['install', 'https://app.example.com/base/hooks/tenant'],
      ['uninstall', 'https://app.example.com/base/gone'],
    ])
  })
  it('fills each placeholder on its own and keeps the path of the base', () => {
    expect(json(connect).endpoints.find((endpoint) => endpoint.at.includes('generalPages'))?.url).toBe(
      'https://app.example.com/base/page?issue=CAST&user=10000',
    )
  })
  it('finds templates, nested lists and remote conditions, and passes icons over', () => {
    const found = json(connect).endpoints.map((endpoint) => `${endpoint.kind} ${endpoint.written}`)
    expect(found).toContain('condition /condition?x={a}')
    expect(found).toContain('page /template')
    expect(found).toContain('page /nested')
    expect(found.join()).not.toContain('icon')
  })
  it('knows admin pages by module and by condition, cacheable ones by their mark', () => {
    const { endpoints } = json(connect)
    expect(endpoints.filter((endpoint) => endpoint.kind === 'admin-page').map((endpoint) => endpoint.written)).toEqual([
      'configure',
      'https://elsewhere.example/path',
    ])
    expect(endpoints.find((endpoint) => endpoint.written === '/cached')?.cacheable).toBe(true)
  })
  it('reads authentication and scopes in any case', () => {
    expect(json(connect)).toMatchObject({ authentication: 'jwt', scopes: ['READ', 'ADMIN'], hosting: 'remote', partner: 'Example Ltd' })
  })
  it('passes over a byte order mark and comments written as members, and says so', () => {
    const description = read(`\uFEFF${JSON.stringify({ '//baseUrl': 'old', ...connect })}`)
    expect(description.remarks.map((remark) => remark.at)).toEqual(['/', '///baseUrl'])
    expect(description.key).toBe('com.example.tidy')
  })
  it('asks for the base when it is a build-time template, and resolves with the one that is given', () => {
    const template = json({ ...connect, baseUrl: '{{localBaseUrl}}' })
    expect(template.base_urls).toEqual([])
    expect(template.endpoints.find((endpoint) => endpoint.kind === 'install')?.url).toBeNull()
    const given = withBaseUrls(template, ['https://real.example'])
    expect(given.endpoints.find((endpoint) => endpoint.kind === 'install')?.url).toBe('https://real.example/hooks/tenant')
  })
  it('is static without a server side', () => {
    expect(
      json({ key: 'x', baseUrl: 'https://x.example', authentication: { type: 'none' }, modules: { adminPages: [{ url: '/a.html' }] } })
        .hosting,
    ).toBe('static')
  })
  it('needs a server side when it has webhooks, even without authentication', () => {
    expect(
      json({ key: 'x', baseUrl: 'https://x.example', authentication: { type: 'none' }, modules: { webhooks: [{ url: '/w' }] } }).hosting,
    ).toBe('remote')
  })
})

describe('a Forge manifest', () => {
  const manifest = (more: string) =>
    `app:\n  id: ari:cloud:ecosystem::app/1234\n  runtime:\n    name: nodejs22.x\nmodules:\n  webtrigger:\n    - key: hook\n      function: f\n${more}`
  it('reads scopes as a list and drops doubles', () => {
    expect(read(manifest('permissions:\n  scopes:\n    - a\n    - a\n    - b\n')).scopes).toEqual(['a', 'b'])
  })
  it('reads scopes as a map and keeps impersonation', () => {
    const description = read(manifest('permissions:\n  scopes:\n    storage:app: {}\n    write:x:\n      allowImpersonation: true\n'))
    expect(description.scopes).toEqual(['storage:app', 'write:x'])
    expect(description.impersonated_scopes).toEqual(['write:x'])
    expect(description.remarks.map((remark) => remark.at)).toEqual(['/permissions/scopes'])
  })
  it('takes remotes that an endpoint uses as the partner’s own, others as egress only', () => {
    const description = read(
      'app:\n  id: x/1\nmodules:\n  endpoint:\n    - key: e\n      remote: own\n      route:\n        path: /api\nremotes:\n  - key: own\n    baseUrl: https://own.example\n  - key: other\n    baseUrl: https://other.example\n',
    )
    expect(description.base_urls).toEqual(['https://own.example'])
    expect(description.hosting).toBe('mixed')
    expect(description.egress.map((egress) => egress.address)).toEqual(['https://own.example', 'https://other.example'])
    expect(description.endpoints.map((endpoint) => endpoint.url)).toEqual(['https://own.example/api'])
  })
  it('reads Connect modules inside it', () => {
    const description = read(
      'app:\n  id: x/1\n  connect:\n    key: com.example.hybrid\n    remote: own\nconnectModules:\n  jira:generalPages:\n    - url: /page\nremotes:\n  - key: own\n    baseUrl: https://own.example\n',
    )
    expect(description.key).toBe('com.example.hybrid')
    expect(description.endpoints.map((endpoint) => [endpoint.module, endpoint.url])).toEqual([['generalPages', 'https://own.example/page']])
  })
  it('knows a web trigger has no address of its own', () => {
    expect(read(manifest('')).endpoints).toMatchObject([{ kind: 'web-trigger', url: null }])
  })
})

describe('the neutral descriptor', () => {
  it('reads', () => {
    const description = read(
      'castellan: 1\nkey: k\nname: n\nhosting: remote\nbase_urls: ["https://a.example"]\nendpoints:\n  - kind: page\n    path: /p\n',
    )
    expect(description).toMatchObject({ platform: 'neutral', key: 'k', base_urls: ['https://a.example'] })
    expect(description.endpoints[0]?.url).toBe('https://a.example/p')
  })
  it('names each mistake with its place', () => {
    const refused = refusal(() => read('castellan: 1\nkey: k\nname: n\nhosting: cellar\nbase_urls: []\n'))
    expect(refused).toMatchObject({ code: 'descriptor.neutral', where: '/hosting' })
  })
})

describe('what is no descriptor', () => {
  it.each([
    ['an empty file', '', 'descriptor.empty'],
    ['broken JSON', '{"key": "x",}', 'descriptor.not_json'],
    ['broken YAML', 'app:\n  - x\n y: 1\n', 'descriptor.not_yaml'],
    ['a list', '[1]', 'descriptor.not_an_object'],
    ['another JSON file', '{"name":"x","version":"1"}', 'descriptor.not_recognised'],
    ['another YAML file', 'services:\n  web: {}\n', 'descriptor.not_recognised'],
    ['JSON 10,000 deep', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'descriptor.too_deep'],
    ['a YAML alias bomb', aliasBomb(), 'descriptor.too_many_aliases'],
    ['NUL characters', '{"key":"a\u0000"}', 'descriptor.encoding'],
    ['keys twice in YAML', 'app: 1\napp: 2\n', 'descriptor.not_yaml'],
  ])('%s is refused', (_, text, code) => {
    expect(refusal(() => read(text)).code).toBe(code)
  })
  it('names line and column', () => {
    expect(refusal(() => read('{\n  "key": "x",\n}')).where).toMatch(/^line 3, column 1$/)
  })
  it('of 100 MB is refused before it is read', () => {
    expect(refusal(() => readDescriptor(new Uint8Array(100_000_000), sha256)).code).toBe('descriptor.too_large')
  })
  it('in UTF-16 or not in UTF-8 at all is refused', () => {
    expect(refusal(() => readDescriptor(new Uint8Array([0xff, 0xfe, 0x7b, 0]), sha256)).code).toBe('descriptor.encoding')
    expect(refusal(() => readDescriptor(new Uint8Array([0x7b, 0xc3, 0x28]), sha256)).code).toBe('descriptor.encoding')
  })
})

function aliasBomb(): string {
  let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n'
  for (let level = 1; level < 9; level++)
    text += `a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ')}]\n`
  return text
}

const fixtures = process.env['CASTELLAN_FIXTURES']

describe('real descriptors', () => {
  // They are third-party texts that the repository does not hold; the synthetic ones above have each of their traps.
  it.skipIf(fixtures === undefined)('all of them are read (set CASTELLAN_FIXTURES to a folder that holds descriptors/)', () => {
    const files = globSync(join(fixtures ?? '', 'descriptors', '*', '*.{json,yml}'))
    expect(files.length).toBeGreaterThanOrEqual(28)
    for (const file of files) {
      const { description } = readDescriptor(readFileSync(file), sha256)
      expect(description.key, file).not.toBeNull()
      for (const endpoint of description.endpoints) {
        if (endpoint.url !== null) expect(endpoint.url, `${file} ${endpoint.at}`).not.toMatch(/[{}]/)
      }
    }
  })
})
