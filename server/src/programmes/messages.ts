import type { Messages } from '../kernel/says.ts'

/** Sentences about what changes in a programme. */
export const MESSAGES: Messages = {
  'programmes.added': 'New {what}: {title} ({id}).',
  'programmes.added_on': 'New {what} from {on}: {title} ({id}).',
  'programmes.announced': 'Announced {what}: {title} ({id}).',
  'programmes.announced_on': 'Announced {what}, from {on}: {title} ({id}).',
  'programmes.retired': 'Retired {what}: {title} ({id}).',
  'programmes.retired_on': 'Retired {what}, on {on}: {title} ({id}).',
  'programmes.removed': 'Removed {what}: {title} ({id}).',
  'programmes.removed_on': 'Removed {what}, on {on}: {title} ({id}).',
  'programmes.revised': 'Revised {what}: {title} ({id}).',
  'programmes.revised_on': 'Revised {what}, from {on}: {title} ({id}).',
  'programmes.field_added': '{path}: now {after}',
  'programmes.field_removed': '{path}: no longer {before}',
  'programmes.field_changed': '{path}: {before} → {after}',
  'programmes.sources_changed': 'cites: other sources',
  'programmes.why': 'Why: {why}',
}
