import { appsView } from './directory/apps-view.ts'
import { programmesView } from './directory/programme.ts'
import { opaque } from './kernel/flow.ts'
import { pipeline, type Pipeline } from './platform/dispatch.ts'
import type { Pack } from './programmes/load.ts'

/** The whole product on one screen: which views are folded, which slices answer, what is done again and again. */
export function pipelineOf(_packs: readonly Pack[]): Pipeline {
  return pipeline([opaque(appsView), opaque(programmesView)], [])
}
