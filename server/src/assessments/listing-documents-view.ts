import type { RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { ListingDocumentEvent } from './events.ts'
import { listingDocument, type ListingDocumentState } from './listing-document.ts'

/** A document of an app's listing. */
export type ListingDocument = ListingDocumentState & {
  readonly app: string
  readonly record: string
}

/** Name of the view; key is `{app}/{record}`. */
export const LISTING_DOCUMENTS = 'assessments.listing_documents'

export const documentKey = (app: string, record: string): string => `${app}/${record}`

export const listingDocumentsView: View<ListingDocument | null> = {
  name: LISTING_DOCUMENTS,
  version: 2,
  listens: [
    'assessments.document_named',
    'assessments.document_read',
    'assessments.document_confirmed',
    'assessments.document_refused',
    'assessments.document_lost',
  ],
  keys: (event) => {
    // The guarantee of the cast: everything listened to carries its app and record.
    const { app, record } = event.payload as ListingDocumentEvent['payload']
    return [documentKey(app, record)]
  },
  initial: null,
  fold(before, recorded) {
    const event = recorded as RecordedEvent & ListingDocumentEvent
    const { app, record } = event.payload
    const state = listingDocument.evolve(before ?? listingDocument.initial, event)
    return { ...state, app, record }
  },
}
