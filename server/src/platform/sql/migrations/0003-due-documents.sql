-- Documents that say when they have to be looked at again: the sweeper finds them without reading all of them.
CREATE INDEX document_due ON document (marketplace_id, (body -> 'document' ->> 'next_due_at')) WHERE body -> 'document' ->> 'next_due_at' IS NOT NULL;
