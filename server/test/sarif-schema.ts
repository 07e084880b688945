/**
 * The part of the SARIF 2.1.0 schema (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/) that our reports use, in our own
 * words and closed: a member that the standard does not have at that place is refused.
 */
const object = (required: readonly string[], properties: object) => ({ type: 'object', additionalProperties: false, required, properties })
const list = (items: object) => ({ type: 'array', items })
const text = { type: 'string' }
const moment = { type: 'string', format: 'date-time' }
const bag = { type: 'object', properties: { tags: list(text) } }
const message = object([], { text, markdown: text, id: text, arguments: list(text), properties: bag })
const multiformat = object(['text'], { text, markdown: text, properties: bag })
const level = { enum: ['none', 'note', 'warning', 'error'] }
const fingerprints = { type: 'object', additionalProperties: text }

const descriptor = object(['id'], {
  id: text,
  guid: text,
  name: text,
  shortDescription: multiformat,
  fullDescription: multiformat,
  help: multiformat,
  helpUri: { type: 'string', format: 'uri' },
  defaultConfiguration: object([], { enabled: { type: 'boolean' }, level, rank: { type: 'number' }, properties: bag }),
  properties: bag,
})
const component = object(['name'], {
  name: text,
  version: text,
  semanticVersion: text,
  organization: text,
  informationUri: { type: 'string', format: 'uri' },
  rules: list(descriptor),
  taxa: list(descriptor),
  properties: bag,
})
const location = object([], {
  id: { type: 'integer', minimum: -1 },
  physicalLocation: object([], {
    artifactLocation: object([], { uri: { type: 'string', format: 'uri-reference' }, uriBaseId: text, index: { type: 'integer' } }),
    region: object([], {
      startLine: { type: 'integer', minimum: 1 },
      startColumn: { type: 'integer', minimum: 1 },
      endLine: { type: 'integer', minimum: 1 },
      endColumn: { type: 'integer', minimum: 1 },
    }),
    properties: bag,
  }),
  logicalLocations: list(object([], { name: text, index: { type: 'integer' }, fullyQualifiedName: text, kind: text, properties: bag })),
  message,
  properties: bag,
})
const result = object(['message'], {
  ruleId: text,
  ruleIndex: { type: 'integer', minimum: -1 },
  kind: { enum: ['notApplicable', 'pass', 'fail', 'review', 'open', 'informational'] },
  level,
  message,
  locations: list(location),
  partialFingerprints: fingerprints,
  fingerprints,
  baselineState: { enum: ['new', 'unchanged', 'updated', 'absent'] },
  suppressions: list(
    object(['kind'], {
      kind: { enum: ['inSource', 'external'] },
      status: { enum: ['accepted', 'underReview', 'rejected'] },
      justification: text,
    }),
  ),
  properties: bag,
})

export const SARIF = object(['version', 'runs'], {
  $schema: { type: 'string', format: 'uri' },
  version: { const: '2.1.0' },
  runs: list(
    object(['tool'], {
      tool: object(['driver'], { driver: component, extensions: list(component), properties: bag }),
      invocations: list(
        object(['executionSuccessful'], {
          executionSuccessful: { type: 'boolean' },
          startTimeUtc: moment,
          endTimeUtc: moment,
          properties: bag,
        }),
      ),
      results: list(result),
      taxonomies: list(component),
      properties: bag,
    }),
  ),
})
