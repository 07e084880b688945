-- Two people may work on the same answers: each save names the draft that it began from.
ALTER TABLE form_draft ADD COLUMN revision integer NOT NULL DEFAULT 1;
