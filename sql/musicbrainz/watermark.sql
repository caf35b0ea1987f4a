-- Where the snapshot of this transaction stands among all transactions.
-- No arguments.
-- One row: low (whatever has a lower number is seen, or will never be), high (nothing from this
-- number on is seen). Full numbers, that do not start again after 2^32 as those in rows do.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS low,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS high
