import { z } from 'zod'
import { Form, MetWhen, Policy, Programme, Requirement } from './schema.ts'

/**
 * The schema of a pack's files as JSON Schema 2020-12, for editors that complete and check YAML. A file is one of four things;
 * an editor that is pointed at `#/$defs/Requirement` completes just that one.
 */
export function programmeJsonSchema(): object {
  const names = z.registry<{ readonly id: string; readonly title: string }>()
  names.add(Programme, { id: 'Programme', title: 'programme.yaml' })
  names.add(Requirement, { id: 'Requirement', title: 'requirements/**/*.yaml' })
  names.add(Policy, { id: 'Policy', title: 'policies/*.yaml' })
  names.add(Form, { id: 'Form', title: 'forms/*.yaml' })
  names.add(MetWhen, { id: 'MetWhen', title: 'How a requirement is met' })
  const { $schema, ...schema } = z.toJSONSchema(z.union([Programme, Requirement, Policy, Form]), { metadata: names, io: 'input' })
  return {
    $schema,
    title: 'A file of a programme pack',
    description: 'Generated from server/src/programmes/schema.ts; do not edit.',
    ...schema,
  }
}
