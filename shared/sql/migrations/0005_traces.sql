-- The W3C `traceparent` of the span that committed a partial, or took a webhook's deliveries in; NULL where nothing is
-- traced, or where a process of an earlier release wrote the row.
ALTER TABLE partials ADD COLUMN traceparent text;
ALTER TABLE webhook_batches ADD COLUMN traceparent text;
