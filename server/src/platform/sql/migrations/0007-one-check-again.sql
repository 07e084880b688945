-- A single check may be asked again: which, and when the scan of everything is due as it was before.
ALTER TABLE scan_due ADD COLUMN only_check text;
ALTER TABLE scan_due ADD COLUMN whole_due_at timestamptz;
