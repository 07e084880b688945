import type { Template } from './templates.ts'

/** A set of two issues with a link between them: for tests, and to copy from. */
export const LAUNCH: Template = {
  name: 'Launch',
  project: null,
  variables: [
    { name: 'customer', ask: 'Which customer?', default: null, required: true },
    { name: 'region', ask: 'Which region?', default: 'EU', required: false },
    { name: 'note', ask: 'Anything else?', default: null, required: false },
  ],
  issues: [
    { ref: 'design', summary: 'Design for {{customer}}', description: '{{ region }}: {{note}}', type: 'Task', labels: ['launch'] },
    { ref: 'build', summary: 'Build for {{customer}}', description: '', type: 'Story', labels: [] },
  ],
  links: [{ from: 'design', to: 'build', type: 'Blocks' }],
}
